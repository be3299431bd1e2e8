//! Why a run failed: what is told to the person, and the exit code for the script.

use std::fmt::{self, Write as _};
use std::io;

use strongroom::{Error, ErrorKind};

/// Exit codes: one for each class of failure, stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Other,
    Usage,
    NotFound,
    Denied,
    CannotUnlock,
    Integrity,
    Busy,
    Conflict,
    Audit,
    Invalid,
    MalformedPolicy,
    Disk,
    /// `run` could not do what comes before the program: no code of the program's own.
    BeforeProgram,
    NotExecutable,
    NoProgram,
    /// What a program ended with, handed on.
    HandedOn(u8),
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::CannotUnlock => 5,
            Self::Integrity => 6,
            Self::Busy => 7,
            Self::Conflict => 8,
            Self::Audit => 9,
            Self::Invalid => 10,
            Self::MalformedPolicy => 11,
            Self::Disk => 12,
            Self::BeforeProgram => 125,
            Self::NotExecutable => 126,
            Self::NoProgram => 127,
            Self::HandedOn(code) => code,
        }
    }
}

/// A failure of the run: `error[LABEL]: message`, then why and what helps, as far as known.
#[derive(Debug)]
pub struct Failure {
    pub label: String,
    pub message: String,
    pub why: Option<String>,
    pub help: Option<String>,
    pub exit: Exit,
}

pub type Done = Result<(), Failure>;

impl Failure {
    pub fn new(exit: Exit, label: &str, message: impl Into<String>) -> Self {
        Self { label: label.into(), message: message.into(), why: None, help: None, exit }
    }
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "Usage", message)
    }
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Exit::Invalid, "InvalidRequest", message)
    }
    pub fn cannot_unlock(message: impl Into<String>) -> Self {
        Self::new(Exit::CannotUnlock, "WrongUnlock", message)
    }
    /// Something of the machine: `what` says which thing could not be done to which file.
    pub fn io(what: impl fmt::Display, cause: &io::Error) -> Self {
        let exit = if cause.kind() == io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Disk };
        let label = if exit == Exit::NotFound { "NotFound" } else { "Storage" };
        Self::new(exit, label, format!("{what}: {cause}"))
    }
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// An exit code that says all there is to say.
    pub fn unspoken(exit: Exit) -> Self {
        Self::new(exit, UNSPOKEN, "")
    }
    /// Nobody reads what we write any more, or the exit code is the answer: no words about it.
    pub fn is_silent(&self) -> bool {
        [BROKEN_PIPE, UNSPOKEN].contains(&self.label.as_str())
    }
    /// Of writing to standard output.
    pub fn output(cause: &io::Error) -> Self {
        if cause.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Disk, BROKEN_PIPE, "");
        }
        Self::io("standard output cannot be written", cause)
    }
    /// The text for standard error.
    pub fn render(&self, colored: bool) -> String {
        let (strong, plain) = if colored {
            let red = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
            (red.render().to_string(), red.render_reset().to_string())
        } else {
            (String::new(), String::new())
        };
        let mut text = format!("{strong}error[{}]{plain}: {}\n", self.label, self.message);
        for (word, line) in [("why", &self.why), ("help", &self.help)] {
            if let Some(line) = line {
                // Writing to a string does not fail.
                let _ = writeln!(text, "  = {word}: {line}");
            }
        }
        text
    }
}

impl Failure {
    /// Of an error that came as data: its code, as AWS names it, and its text.
    pub fn of_code(code: &str, message: &str) -> Self {
        let message = crate::flat::harmless(message);
        let kind = match code {
            "AccessDeniedException" => ErrorKind::AccessDenied,
            "ResourceNotFoundException" => ErrorKind::NotFound,
            "InvalidRequestException" | "DecryptionFailure" => ErrorKind::InvalidState,
            "InvalidParameterException" | "ValidationException" => ErrorKind::InvalidRequest,
            _ => return Self::new(Exit::Other, code, message),
        };
        let failure = Self::new(exit_of(kind), &format!("{kind:?}"), message);
        if kind == ErrorKind::AccessDenied { denied(failure) } else { failure }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = error.kind();
        // Texts quote what the caller sent, and a name must not be able to speak to a terminal.
        let message = crate::flat::harmless(&error.message().to_string());
        let message = if message.is_empty() { error.code().to_owned() } else { message };
        let failure = Self::new(exit_of(kind), &format!("{kind:?}"), message);
        match kind {
            ErrorKind::AccessDenied => denied(failure),
            ErrorKind::WrongUnlock => failure.help(
                "`--unlock KIND[:ARG]` names another way to unlock; `strongroom where` shows which one was taken",
            ),
            ErrorKind::Locked => failure.help("`strongroom unlock`"),
            ErrorKind::Damaged | ErrorKind::Tampered | ErrorKind::RolledBack => {
                failure.help("`strongroom doctor --deep` says what still adds up; then bring back a backup")
            }
            ErrorKind::NewerFormat => failure.help("use the version of strongroom that wrote the file"),
            ErrorKind::Busy => failure.help("one process holds a store at a time; wait for the other, or end it"),
            _ => failure,
        }
    }
}

/// AWS's one sentence as the three lines of ours: who may not what, why, and what to ask next.
fn denied(mut failure: Failure) -> Failure {
    let text = std::mem::take(&mut failure.message);
    let (head, why) = match text.split_once(" because ").or_else(|| text.split_once(" with an ")) {
        Some((head, why)) if text.contains(" because ") => (head.to_owned(), Some(why.to_owned())),
        Some((head, why)) => (head.to_owned(), Some(format!("an {why}"))),
        None => (text.clone(), None),
    };
    failure.help = asked(&head).map(|(who, action, resource)| {
        format!(
            "strongroom policy explain --as {} --action {} --resource {}",
            quoted(who),
            quoted(action),
            quoted(resource)
        )
    });
    failure.message = head;
    failure.why = why;
    failure
}

/// Caller, action and resource of AWS's sentence.
fn asked(text: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = text.split_once("User: ")?;
    let (who, rest) = rest.split_once(" is not authorized to perform: ")?;
    let (action, resource) = rest.split_once(" on resource: ").unwrap_or((rest, "*"));
    Some((who, action.trim(), resource.trim()))
}

/// As a POSIX shell reads it back.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_/.:+=@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn exit_of(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::AccessDenied | ErrorKind::Expired | ErrorKind::Unauthenticated => Exit::Denied,
        ErrorKind::AlreadyExists | ErrorKind::Conflict | ErrorKind::InvalidState => Exit::Conflict,
        ErrorKind::AuditUnavailable => Exit::Audit,
        ErrorKind::Busy => Exit::Busy,
        ErrorKind::Damaged | ErrorKind::NewerFormat | ErrorKind::RolledBack | ErrorKind::Tampered => Exit::Integrity,
        ErrorKind::InvalidRequest | ErrorKind::LimitExceeded | ErrorKind::Unsupported => Exit::Invalid,
        ErrorKind::Locked | ErrorKind::WrongUnlock => Exit::CannotUnlock,
        ErrorKind::MalformedPolicy => Exit::MalformedPolicy,
        ErrorKind::NotFound => Exit::NotFound,
        ErrorKind::Storage => Exit::Disk,
        _ => Exit::Other,
    }
}

const BROKEN_PIPE: &str = "BrokenPipe";
const UNSPOKEN: &str = "";
