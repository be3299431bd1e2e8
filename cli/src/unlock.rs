//! Which key opens the store, and where it comes from. A passphrase never stands on a command line.

use std::env;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use strongroom::{SecretBytes, SecretText, Sharing, Unlock};

use crate::failure::Failure;
use crate::private_file;
use crate::settings::{COMMAND_LINE, Chosen, ENVIRONMENT, Global, Settings, variable};
use crate::shares;
use crate::terminal::{Terminal, note};
use crate::value;

/// A way to unlock, before anything of it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    Passphrase(Source),
    KeyFile(PathBuf),
    RootKey(PathBuf),
    Systemd(String),
    /// Of a file, or typed.
    Shares(Option<PathBuf>),
    /// Drawn now.
    NewShares(Sharing),
}

/// Where a passphrase comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Person,
    File(PathBuf),
    Descriptor(u32),
    Environment,
}

/// Is the passphrase one that exists, or one that is being chosen?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Existing,
    New,
}

impl Way {
    /// `KIND[:ARG]`; the passphrase of `passphrase` comes from `from`.
    pub fn parse(text: &str, from: Source) -> Result<Self, Failure> {
        let (kind, argument) = text.split_once(':').map_or((text, None), |(kind, argument)| (kind, Some(argument)));
        match (kind, argument) {
            ("passphrase", None) => Ok(Self::Passphrase(from)),
            ("passphrase", Some(_)) => Err(Failure::usage("a passphrase is never given on the command line")
                .help("`--passphrase-file PATH` or `--passphrase-fd N`, or wait to be asked")),
            ("keyfile", Some(path)) if !path.is_empty() => Ok(Self::KeyFile(path.into())),
            ("root-key", Some(path)) if !path.is_empty() => Ok(Self::RootKey(path.into())),
            ("systemd", name) => Ok(Self::Systemd(name.unwrap_or(CREDENTIAL).to_owned())),
            ("shares", None) => Ok(Self::Shares(None)),
            ("shares", Some(path)) if !path.is_empty() => Ok(Self::Shares(Some(path.into()))),
            ("shares", Some(_)) => Err(Failure::usage("`shares:` needs a path; `shares` alone asks for them")),
            ("shamir", Some(counts)) => Ok(Self::NewShares(shares::sharing(counts)?)),
            ("keyfile" | "root-key", _) => Err(Failure::usage(format!("`{kind}` needs a path: `{kind}:PATH`"))),
            // What stands there may be a passphrase put in the wrong place: it is not repeated.
            _ => Err(Failure::usage("unknown way to unlock")
                .help("passphrase, keyfile:PATH, root-key:PATH, systemd[:NAME], shares[:PATH]")),
        }
    }
    /// From flags, the environment, the configuration, what systemd passed; in the end a person is asked.
    pub fn choose(global: &Global, settings: &Settings) -> Result<Chosen<Self>, Failure> {
        let by = |by: &str| {
            let by = by.to_owned();
            |value| Chosen { value, by }
        };
        let from = match (&global.passphrase_file, global.passphrase_fd) {
            (Some(path), _) => Some(Source::File(path.clone())),
            (None, Some(number)) => Some(Source::Descriptor(number)),
            (None, None) => None,
        };
        if let Some(from) = from {
            return match global.unlock.as_deref() {
                None | Some("passphrase") => Ok(Self::Passphrase(from)).map(by(COMMAND_LINE)),
                Some(_) => Err(Failure::usage("a passphrase was given, and `--unlock` names another way")),
            };
        }
        let chosen = settings.unlock.as_ref();
        let strong = chosen.filter(|chosen| [COMMAND_LINE, ENVIRONMENT].contains(&chosen.by.as_str()));
        // A passphrase in the environment matters only where one is asked for.
        let from_environment = || passphrase_of_environment(global);
        if let Some(strong) = strong {
            let from = if strong.value == "passphrase" {
                from_environment()?.unwrap_or(Source::Person)
            } else {
                Source::Person
            };
            return Self::parse(&strong.value, from).map(by(&strong.by));
        }
        if let Some(from) = from_environment()? {
            return Ok(Self::Passphrase(from)).map(by(ENVIRONMENT));
        }
        if let Some(chosen) = chosen {
            return Self::parse(&chosen.value, Source::Person).map(by(&chosen.by));
        }
        let credential = env::var_os("CREDENTIALS_DIRECTORY").map(|folder| Path::new(&folder).join(CREDENTIAL));
        if credential.is_some_and(|path| path.exists()) {
            return Ok(Self::Systemd(CREDENTIAL.into())).map(by("the service manager"));
        }
        Ok(Self::Passphrase(Source::Person)).map(by("the default"))
    }
    /// Reads what it says.
    pub fn fetch(&self, terminal: Terminal, asked: Asked) -> Result<Unlock, Failure> {
        Ok(match self {
            Self::Passphrase(from) => Unlock::Passphrase(from.fetch(terminal, asked)?),
            Self::KeyFile(path) => Unlock::KeyFile(path.clone()),
            Self::RootKey(path) => Unlock::RootKey(private_file::read(path, 32)?),
            Self::Systemd(name) => Unlock::SystemdCredential(name.clone()),
            Self::Shares(_) if asked == Asked::New => {
                return Err(Failure::usage("shares are drawn and not chosen").help("`shamir:KofN` draws new ones"));
            }
            Self::Shares(from) => shares::fetch(from.as_deref(), terminal)?,
            Self::NewShares(sharing) if asked == Asked::New => Unlock::Shares(shares::draw(*sharing)?),
            Self::NewShares(_) => {
                return Err(
                    Failure::usage("`shamir:KofN` draws new shares").help("`shares[:PATH]` takes those of before")
                );
            }
        })
    }
    /// Its kind, as `slot list` prints it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "passphrase",
            Self::KeyFile(_) => "keyfile",
            Self::RootKey(_) => "root-key",
            Self::Systemd(_) => "systemd",
            Self::Shares(_) | Self::NewShares(_) => "shamir",
        }
    }
}

impl Source {
    pub fn fetch(&self, terminal: Terminal, asked: Asked) -> Result<SecretBytes, Failure> {
        let read = match self {
            Self::Person if !terminal.may_ask => {
                return Err(Failure::cannot_unlock("the passphrase was not given, and nobody can be asked")
                    .help("`--passphrase-file`, `--passphrase-fd`, or another way by `--unlock`"));
            }
            Self::Person if asked == Asked::New => terminal.hidden_twice("New passphrase")?,
            Self::Person => terminal.hidden("Passphrase: ")?,
            Self::File(path) => {
                let shown = format!("the passphrase file `{}`", path.display());
                let file = File::open(path).map_err(|cause| Failure::cannot_unlock(format!("{shown}: {cause}")))?;
                if file.metadata().is_ok_and(|found| found.is_file() && found.mode() & 0o077 != 0) {
                    note(&format!("warning: {shown} can be read by others"));
                }
                value::read_all(file, &shown)?.without_final_newline()
            }
            Self::Descriptor(number) => {
                let shown = format!("file descriptor {number}");
                let file = File::open(format!("/dev/fd/{number}"))
                    .map_err(|cause| Failure::cannot_unlock(format!("{shown}: {cause}")))?;
                value::read_all(file, &shown)?.without_final_newline()
            }
            Self::Environment => {
                note("warning: STRONGROOM_PASSPHRASE can be read by every process of this user");
                SecretBytes::from(variable(PASSPHRASE)?.unwrap_or_default())
            }
        };
        if read.is_empty() { Err(Failure::cannot_unlock("the passphrase is empty")) } else { Ok(read) }
    }
}

/// `STRONGROOM_PASSPHRASE_FILE` is taken as it is; the passphrase itself only if the caller asked for that.
fn passphrase_of_environment(global: &Global) -> Result<Option<Source>, Failure> {
    if let Some(path) = env::var_os("STRONGROOM_PASSPHRASE_FILE").filter(|path| !path.is_empty()) {
        return Ok(Some(Source::File(path.into())));
    }
    if env::var_os(PASSPHRASE).is_none() {
        return Ok(None);
    }
    if global.allow_env_passphrase {
        return Ok(Some(Source::Environment));
    }
    Err(Failure::usage(
        "STRONGROOM_PASSPHRASE is set: a passphrase in the environment can be read by every process of this user",
    )
    .help("unset it and use STRONGROOM_PASSPHRASE_FILE, or insist by `--allow-env-passphrase`"))
}

/// The same way once more: opening a store takes it, and nobody wants to be asked twice.
pub fn again(unlock: &Unlock) -> Result<Unlock, Failure> {
    Ok(match unlock {
        Unlock::Passphrase(secret) => Unlock::Passphrase(SecretBytes::copy_of(secret.expose())),
        Unlock::RootKey(secret) => Unlock::RootKey(SecretBytes::copy_of(secret.expose())),
        Unlock::KeyFile(path) => Unlock::KeyFile(path.clone()),
        Unlock::SystemdCredential(name) => Unlock::SystemdCredential(name.clone()),
        Unlock::Shares(shares) => Unlock::shares(shares.iter().map(SecretText::expose)),
        _ => return Err(Failure::usage("no command line names a provider of a host's own")),
    })
}

const CREDENTIAL: &str = "strongroom.key";
const PASSPHRASE: &str = "STRONGROOM_PASSPHRASE";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_on_the_command_line_is_refused_and_not_repeated() {
        for text in ["passphrase:hunter2", "hunter2", "pass:hunter2"] {
            let failure = Way::parse(text, Source::Person).unwrap_err();
            assert!(!failure.render(false).contains("hunter2"), "{text}");
        }
    }
    #[test]
    fn a_path_is_kept_with_its_colons_and_a_missing_one_is_told() {
        assert_eq!(Way::parse("keyfile:/a:b", Source::Person).unwrap(), Way::KeyFile("/a:b".into()));
        assert_eq!(Way::parse("systemd", Source::Person).unwrap(), Way::Systemd("strongroom.key".into()));
        assert!(Way::parse("keyfile", Source::Person).is_err());
        assert!(Way::parse("root-key:", Source::Person).is_err());
        assert!(Way::parse("", Source::Person).is_err());
    }
}
