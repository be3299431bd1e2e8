//! `strongroom rotation call`: a rotation program's way back, for shell scripts.

use std::io;

use clap::Args;
use nix::sys::socket::{MsgFlags, recv, send};
use serde::Deserialize;
use serde_json::value::RawValue;
use strongroom::SecretBytes;

use super::callback::VARIABLE;
use super::lines::{LINE_MAX, Lines};
use crate::failure::{Done, Exit, Failure};
use crate::settings::variable;
use crate::{field, output, value};

pub const EXAMPLES: &str = "\
Examples, inside a rotation program:
  printf '{\"SecretId\":\"%s\"}' \"$id\" | strongroom rotation call DescribeSecret
  strongroom rotation call GetRandomPassword --field RandomPassword < /dev/null";

#[derive(Args, Debug)]
pub struct Call {
    /// AWS's name of the operation, such as GetSecretValue
    operation: String,
    /// Its input, JSON: `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// Print one member of the output, without quotes
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
    /// The service, if it is not Secrets Manager
    #[arg(long, value_name = "NAME", default_value = "secretsmanager")]
    service: String,
}

/// What comes back.
#[derive(Deserialize)]
struct Answer<'l> {
    #[serde(borrow)]
    output: Option<&'l RawValue>,
    error: Option<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "__type")]
    code: String,
    #[serde(rename = "Message")]
    message: String,
}

impl Call {
    pub fn run_alone(&self) -> Done {
        let descriptor = descriptor()?;
        let input = value::secret_bytes(self.source.as_deref())?;
        let line = self.line(&input)?;
        let mut rest = line.expose();
        while !rest.is_empty() {
            let sent = send(descriptor, rest, MsgFlags::MSG_NOSIGNAL).or_else(again).map_err(|cause| cut(&cause))?;
            rest = rest.get(sent..).unwrap_or_default();
        }
        let mut lines =
            Lines::new(|room: &mut [u8]| recv(descriptor, room, MsgFlags::empty()).map_err(io::Error::from));
        let answer = lines.next().map_err(|cause| cut(&cause))?.ok_or_else(|| cut(&"it is closed"))?;
        self.print(&answer)
    }
    /// The call in one line. New lines in JSON stand between its parts only, and are as good as spaces.
    fn line(&self, input: &SecretBytes) -> Result<SecretBytes, Failure> {
        let text = std::str::from_utf8(input.expose()).map_err(|_| Failure::invalid("the input is not UTF-8"))?;
        let text = if text.trim().is_empty() { "{}" } else { text };
        // What the parser would say of a broken one may quote it.
        serde_json::from_str::<&RawValue>(text).map_err(|_| Failure::invalid("the input is not JSON"))?;
        let (service, operation) = (quoted(&self.service)?, quoted(&self.operation)?);
        let head = format!("{{\"service\":{service},\"operation\":{operation},\"input\":");
        let parts = [head.as_bytes(), text.as_bytes(), b"}\n"];
        let len = parts.iter().fold(0_usize, |len, part| len.saturating_add(part.len()));
        if len > LINE_MAX {
            return Err(Failure::invalid("the input is longer than any operation takes"));
        }
        SecretBytes::fill_with(len, |mut out| {
            for part in parts {
                let (here, rest) = out.split_at_mut_checked(part.len()).ok_or(io::ErrorKind::WriteZero)?;
                here.copy_from_slice(part);
                out = rest;
            }
            Ok::<(), io::Error>(())
        })
        .map(|line| one_line(&line))
        .map_err(|cause| Failure::io("the call", &cause))
    }
    fn print(&self, answer: &SecretBytes) -> Done {
        let broken = || cut(&"the answer is not what it should be");
        let text = std::str::from_utf8(answer.expose()).map_err(|_| broken())?;
        let answer: Answer<'_> = serde_json::from_str(text).map_err(|_| broken())?;
        match (answer, &self.field) {
            (Answer { error: Some(refused), .. }, _) => {
                let message = crate::flat::harmless(&refused.message);
                Err(Failure::new(exit_of(&refused.code), &crate::flat::harmless(&refused.code), message))
            }
            (Answer { output: Some(found), .. }, Some(path)) => {
                let found = field::find(found.get().as_bytes(), path)?;
                output::write(&[found.expose().as_bytes(), b"\n"])
            }
            (Answer { output: Some(found), .. }, None) => output::write(&[found.get().as_bytes(), b"\n"]),
            _ => Err(broken()),
        }
    }
}

/// Line feeds outside of strings become spaces; inside, JSON has none.
fn one_line(line: &SecretBytes) -> SecretBytes {
    let body = line.len().saturating_sub(1);
    let flat = SecretBytes::fill_with(line.len(), |out| {
        for (at, (to, from)) in out.iter_mut().zip(line.expose()).enumerate() {
            *to = if at < body && matches!(from, b'\n' | b'\r') { b' ' } else { *from };
        }
        Ok::<(), std::convert::Infallible>(())
    });
    match flat {
        Ok(flat) => flat,
        Err(never) => match never {},
    }
}

fn quoted(text: &str) -> Result<String, Failure> {
    serde_json::to_string(text).map_err(|cause| Failure::invalid(cause.to_string()))
}

/// The number that the run which began this program wrote into its environment.
fn descriptor() -> Result<i32, Failure> {
    let number = variable(VARIABLE)?.and_then(|number| number.parse().ok()).filter(|number| *number > 2);
    number.ok_or_else(|| {
        Failure::usage(format!("`{VARIABLE}` names no descriptor"))
            .why("this speaks for a rotation program to the run that began it, and to nobody else")
    })
}

fn again(cause: nix::errno::Errno) -> Result<usize, nix::errno::Errno> {
    if cause == nix::errno::Errno::EINTR { Ok(0) } else { Err(cause) }
}

fn cut(cause: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Other, "Callback", format!("the way back to the run that began this program: {cause}"))
}

/// As the other commands end on errors of these names.
fn exit_of(code: &str) -> Exit {
    match code {
        "AccessDeniedException" | "AccessDenied" => Exit::Denied,
        "ResourceNotFoundException" | "NotFoundException" | "NoSuchEntity" => Exit::NotFound,
        "ResourceExistsException" | "AlreadyExistsException" | "InvalidRequestException" => Exit::Conflict,
        _ => Exit::Invalid,
    }
}
