//! Tokens of local endpoints: a file that its owner alone can read says what callers have to send.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::fs::{Mode, OFlags, open};
use rustix::process::geteuid;
use strongroom::{Entropy as _, OsEntropy, SecretBytes};
use zeroize::Zeroizing;

/// Why there is no token.
#[derive(Debug)]
#[non_exhaustive]
pub enum TokenError {
    /// A file that cannot be read or made.
    Io(PathBuf, io::Error),
    /// A file that others can read, that is not ours, or that is no file.
    NotPrivate(PathBuf),
    /// Fewer than 16 characters, more than 4,096, or other than visible ASCII.
    Content(PathBuf),
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, cause) => write!(f, "the token file `{}`: {cause}", path.display()),
            Self::NotPrivate(path) => {
                write!(f, "the token file `{}` is not ours alone: its mode must be 0600", path.display())
            }
            Self::Content(path) => {
                write!(f, "the token file `{}` holds no token: 16 to 4,096 visible characters", path.display())
            }
        }
    }
}
impl std::error::Error for TokenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, cause) => Some(cause),
            Self::NotPrivate(_) | Self::Content(_) => None,
        }
    }
}

/// What callers of a local endpoint must send.
pub struct Token {
    path: PathBuf,
    now: RwLock<SecretBytes>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Token {
    /// Reads the file; one that is not there is made, mode 0600, with 256 random bits.
    ///
    /// # Errors
    /// `Io`, `NotPrivate`, `Content`.
    pub fn in_file(path: &Path) -> Result<Self, TokenError> {
        let now = match read(path) {
            Err(TokenError::Io(_, cause)) if cause.kind() == io::ErrorKind::NotFound => make(path)?,
            read => read?,
        };
        Ok(Self { path: path.to_owned(), now: RwLock::new(now) })
    }
    /// Reads it anew: the old one is good no more.
    ///
    /// # Errors
    /// As before; then the old one stays.
    pub fn reload(&self) -> Result<(), TokenError> {
        let read = read(&self.path)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }
    /// Is it this one? In constant time but for its length.
    pub(crate) fn is(&self, sent: &[u8]) -> bool {
        self.now.read().unwrap_or_else(PoisonError::into_inner).ct_eq(&SecretBytes::copy_of(sent))
    }
}

fn read(path: &Path) -> Result<SecretBytes, TokenError> {
    let io = |cause: io::Error| TokenError::Io(path.to_owned(), cause);
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = File::from(open(path, flags, Mode::empty()).map_err(|errno| io(errno.into()))?);
    let found = file.metadata().map_err(io)?;
    if !found.is_file() || found.mode() & 0o077 != 0 || found.uid() != geteuid().as_raw() {
        return Err(TokenError::NotPrivate(path.to_owned()));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(TOKEN_MAX + 2));
    file.take(TOKEN_MAX as u64 + 2).read_to_end(&mut bytes).map_err(io)?;
    let token = SecretBytes::copy_of(&bytes).without_final_newline();
    let is_good = (TOKEN_MIN..=TOKEN_MAX).contains(&token.len()) && token.expose().iter().all(u8::is_ascii_graphic);
    if is_good { Ok(token) } else { Err(TokenError::Content(path.to_owned())) }
}

fn make(path: &Path) -> Result<SecretBytes, TokenError> {
    let io = |cause: io::Error| TokenError::Io(path.to_owned(), cause);
    let random = SecretBytes::fill_with(32, |out| OsEntropy.fill(out))
        .map_err(|_| io(io::Error::other("the operating system gave no randomness")))?;
    let token = SecretBytes::from(URL_SAFE_NO_PAD.encode(random.expose()));
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(open(path, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| io(errno.into()))?);
    // Without a line end: SDKs send what stands there, and refuse to send one.
    file.write_all(token.expose()).and_then(|()| file.sync_all()).map_err(io)?;
    Ok(token)
}

const TOKEN_MIN: usize = 16;
const TOKEN_MAX: usize = 4096;
