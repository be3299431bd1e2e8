//! What can go wrong, in as few words as the caller needs. A failed open says nothing more.

use std::fmt;

/// Why a call of this crate failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Sealed bytes did not open. One answer for every cause, so that nobody learns from it which check refused.
    Failed,
    /// The keys were wiped by `lock`.
    Locked,
    /// The unlock secret opens no slot.
    WrongUnlock,
    /// The header region is not one this version can read.
    Header(HeaderFault),
    /// An unlock secret could not be had from where it was said to be.
    Provider(ProviderFault),
    /// Passphrase hardening outside its bounds; refused before it ran.
    Parameters(ParameterFault),
    /// An encryption context that cannot be encoded.
    Context(ContextFault),
    /// The last slot cannot be removed: nobody could open the store again.
    LastSlot,
    /// All eight slots are taken.
    SlotsFull,
    /// The slot of this index is empty or there is none.
    NoSuchSlot(u8),
    /// A new root key needs the secret of every slot that stays; these were neither given nor dropped.
    SlotsNotAtHand(SlotSet),
    /// A prepared header was made from another generation than the present one.
    Stale,
    /// The source of randomness failed or is stuck.
    Randomness,
    /// More bytes than may be sealed at once.
    TooLong {
        /// Bytes given.
        len: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// What is wrong with a header region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderFault {
    /// Neither copy begins like a store's.
    NotAStore,
    /// No copy is whole, or the one that opens was altered.
    Damaged,
    /// Written by a later format, whose number this is.
    NewerFormat(u16),
}

/// What is wrong with a place that an unlock secret should come from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderFault {
    /// A passphrase is 1 to 1024 bytes.
    PassphraseLength(usize),
    /// A raw root secret is 32 bytes.
    RootKeyLength(usize),
    /// A key file that cannot be used.
    KeyFile(KeyFileFault),
    /// The service manager passed no credentials directory.
    NoCredentialsDirectory,
    /// A credential's name is a plain file name.
    CredentialName,
    /// Text that is no share, or one of another set; the first is number 1.
    Share {
        /// Which one of those that were given.
        number: usize,
        /// What is wrong with it.
        fault: ShareFault,
    },
    /// It takes at least 2 shares, and no more than there are: 255 at most.
    ShareCounts,
    /// Fewer different shares than it takes.
    TooFewShares {
        /// So many were given.
        given: usize,
        /// So many are needed.
        needed: u8,
    },
    /// A kind that providers of the host may not have: 0 marks empty slots, 1 passphrases, 7 shares.
    Kind(u8),
    /// More bytes of parameters than a slot holds (668).
    ParametersLength(usize),
    /// A provider of the host could not answer; its own words, which must not hold a secret.
    Host(String),
}

/// What is wrong with a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShareFault {
    /// It has not 76 letters; this is how many it has, without hyphens and spaces.
    Length(usize),
    /// Something in it is no letter of a share.
    Letters,
    /// It was mistyped: its check does not hold.
    Check,
    /// It is of a newer version.
    Version,
    /// It belongs with other shares than the ones before it.
    OtherSet,
}

/// What is wrong with a key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFileFault {
    /// It cannot be opened or read.
    Unreadable(std::io::ErrorKind),
    /// The last part of its path is a symbolic link.
    SymbolicLink,
    /// It is a directory, a pipe or a device.
    NotAFile,
    /// Its mode lets others than its owner at it.
    OpenToOthers {
        /// The permission bits.
        mode: u32,
    },
    /// It belongs to another user.
    NotOwned,
    /// It is not 32 to 4096 bytes long.
    Size(u64),
}

/// Which bound a passphrase's hardening crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterFault {
    /// Weaker than 19 MiB with 2 passes or 46 MiB with 1.
    BelowFloor,
    /// More than 4 GiB, 64 passes or 16 lanes: a denial of service.
    AboveCeiling,
    /// Not enough memory on this machine.
    OutOfMemory,
}

/// Why an encryption context was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContextFault {
    /// One key stands twice.
    DuplicateKey,
    /// More than 8192 bytes when encoded; this is the length.
    TooLong(usize),
}

/// A set of slot indices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlotSet(pub(crate) u8);

impl SlotSet {
    /// Is nothing in it?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Is this index in it?
    #[must_use]
    pub fn contains(self, index: u8) -> bool {
        index < 8 && self.0 >> index & 1 == 1
    }
    /// The indices, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..8).filter(move |index| self.contains(*index))
    }
    pub(crate) fn insert(&mut self, index: u8) {
        if index < 8 {
            self.0 |= 1 << index;
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed => f.write_str("sealed bytes cannot be opened"),
            Self::Locked => f.write_str("the store is locked"),
            Self::WrongUnlock => f.write_str("the unlock secret opens no slot"),
            Self::Header(fault) => fault.fmt(f),
            Self::Provider(fault) => fault.fmt(f),
            Self::Parameters(fault) => fault.fmt(f),
            Self::Context(fault) => fault.fmt(f),
            Self::LastSlot => f.write_str("the last slot cannot be removed"),
            Self::SlotsFull => f.write_str("all 8 slots are taken"),
            Self::NoSuchSlot(index) => write!(f, "there is no slot {index}"),
            Self::SlotsNotAtHand(slots) => {
                f.write_str("the secrets of these slots are needed, or leave to drop them:")?;
                slots.iter().try_for_each(|index| write!(f, " {index}"))
            }
            Self::Stale => f.write_str("the header has changed since this one was prepared"),
            Self::Randomness => f.write_str("the operating system gave no usable randomness"),
            Self::TooLong { len, limit } => write!(f, "{len} bytes are too many to seal; the limit is {limit}"),
        }
    }
}
impl std::error::Error for Error {}
impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAStore => f.write_str("not a strongroom store"),
            Self::Damaged => f.write_str("the store's header is damaged"),
            Self::NewerFormat(format) => write!(f, "the store has format {format}; this version reads format 1"),
        }
    }
}
impl fmt::Display for ProviderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassphraseLength(len) => write!(f, "the passphrase is {len} bytes; 1 to 1024 are allowed"),
            Self::RootKeyLength(len) => write!(f, "the root key is {len} bytes; it must be 32"),
            Self::KeyFile(fault) => fault.fmt(f),
            Self::NoCredentialsDirectory => f.write_str("no credentials directory: `CREDENTIALS_DIRECTORY` is not set"),
            Self::CredentialName => f.write_str("a credential's name must be a plain file name"),
            Self::Share { number, fault } => write!(f, "share {number}: {fault}"),
            Self::ShareCounts => f.write_str("at least 2 shares are needed, and no more than there are, up to 255"),
            Self::TooFewShares { given, needed } => write!(f, "{given} shares are too few; {needed} are needed"),
            Self::Kind(kind) => write!(f, "a provider of the host cannot be of kind {kind}"),
            Self::ParametersLength(len) => write!(f, "{len} bytes of slot parameters; the limit is 668"),
            Self::Host(words) => f.write_str(words),
        }
    }
}
impl fmt::Display for ShareFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(len) => write!(f, "it has {len} letters; a share has 76"),
            Self::Letters => f.write_str("something in it is no letter of a share"),
            Self::Check => f.write_str("it was mistyped: its check does not hold"),
            Self::Version => f.write_str("it is of a newer version"),
            Self::OtherSet => f.write_str("it belongs with other shares"),
        }
    }
}
impl std::error::Error for ShareFault {}
impl fmt::Display for KeyFileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(kind) => write!(f, "the key file cannot be read: {kind}"),
            Self::SymbolicLink => f.write_str("the key file is a symbolic link"),
            Self::NotAFile => f.write_str("the key file is not a regular file"),
            Self::OpenToOthers { mode } => {
                write!(f, "the key file has mode {mode:04o}: others than its owner can get at it")
            }
            Self::NotOwned => f.write_str("the key file belongs to another user"),
            Self::Size(len) => write!(f, "the key file is {len} bytes; 32 to 4096 are allowed"),
        }
    }
}
impl fmt::Display for ParameterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BelowFloor => "the passphrase hardening is below the floor of 19 MiB and 2 passes",
            Self::AboveCeiling => "the passphrase hardening is above the ceiling of 4 GiB, 64 passes and 16 lanes",
            Self::OutOfMemory => "not enough memory for the passphrase hardening",
        })
    }
}
impl fmt::Display for ContextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateKey => f.write_str("the encryption context has a key twice"),
            Self::TooLong(len) => write!(f, "the encryption context is {len} bytes when encoded; the limit is 8192"),
        }
    }
}
impl From<HeaderFault> for Error {
    fn from(fault: HeaderFault) -> Self {
        Self::Header(fault)
    }
}
impl From<ProviderFault> for Error {
    fn from(fault: ProviderFault) -> Self {
        Self::Provider(fault)
    }
}
impl From<KeyFileFault> for ProviderFault {
    fn from(fault: KeyFileFault) -> Self {
        Self::KeyFile(fault)
    }
}
impl From<ParameterFault> for Error {
    fn from(fault: ParameterFault) -> Self {
        Self::Parameters(fault)
    }
}
