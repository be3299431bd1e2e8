//! The person at the keyboard, if there is one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use strongroom::SecretBytes;

use crate::failure::{Done, Exit, Failure};
use crate::signals::Hidden;

/// May this run ask a person?
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    pub may_ask: bool,
}

impl Terminal {
    /// With `--no-input`, or without a terminal to show a question on, every question is an error.
    pub fn new(no_input: bool) -> Self {
        let may_ask = !no_input && io::stderr().is_terminal() && File::open(TTY).is_ok();
        Self { may_ask }
    }
    /// Text that is not shown while it is typed.
    pub fn hidden(self, prompt: &str) -> Result<SecretBytes, Failure> {
        if !self.may_ask {
            return Err(Failure::usage("nobody can be asked"));
        }
        let broken = |cause| Failure::io("nothing could be typed", &cause);
        let hidden = File::open(TTY).and_then(Hidden::begin).map_err(broken)?;
        match rpassword::prompt_password(prompt) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {
                hidden.interrupted().map_err(broken)?;
                Err(Failure::new(Exit::Other, "Interrupted", "nothing was done"))
            }
            typed => Ok(SecretBytes::from(typed.map_err(broken)?)),
        }
    }
    /// The same, twice: what cannot be seen is easily mistyped.
    pub fn hidden_twice(self, what: &str) -> Result<SecretBytes, Failure> {
        let first = self.hidden(&format!("{what}: "))?;
        let again = self.hidden(&format!("{what} again: "))?;
        if first.ct_eq(&again) { Ok(first) } else { Err(Failure::invalid("the two entries are not the same")) }
    }
    /// Goes on if the caller said `--yes`, or the person says it now.
    pub fn confirm(self, yes: bool, question: &str) -> Done {
        if yes {
            return Ok(());
        }
        if !self.may_ask {
            return Err(Failure::usage(format!("{question} was not confirmed")).help("give `--yes`"));
        }
        let mut errors = io::stderr().lock();
        // Without a place to ask there is no answer either; the read below then says no.
        let _ = write!(errors, "{question}? Type `yes`: ");
        let _ = errors.flush();
        let mut answer = String::new();
        let tty = File::open(TTY).map_err(|cause| Failure::io("nothing could be typed", &cause))?;
        BufReader::new(tty).read_line(&mut answer).map_err(|cause| Failure::io("nothing could be typed", &cause))?;
        if answer.trim() == "yes" { Ok(()) } else { Err(Failure::new(Exit::Other, "NotConfirmed", "nothing was done")) }
    }
}

/// A note for the person; never data, never a secret.
pub fn note(text: &str) {
    // A note that nobody can read is no reason to fail.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

const TTY: &str = "/dev/tty";
