//! `strongroom env`: secrets as text that something else reads variables from.

use clap::{Args, ValueEnum};
use strongroom::SecretText;
use strongroom::operation::{Facet, Sink, Tell};

use crate::failure::{Done, Failure};
use crate::flat::harmless;
use crate::output;
use crate::reference::{Reference, binding};
use crate::run::Run;
use crate::value::shown;
use crate::variables::{Asked, Variable};
use crate::wiped::Wiped;

pub const NOTE: &str = "\
A pattern has `*` for any text but `/`, `**` for any text, `?` for one character. A variable is named by what the pattern leaves \
open: by `app/*`, the secret app/db-password is DB_PASSWORD; by its whole name it is named by the last part.

Forms:
  shell    lines `export NAME='…'` that any POSIX shell reads back, byte for byte
  dotenv   lines `NAME='…'` or `NAME=\"…\"`, the latter with `\\`, `\"`, `$` and backtick behind a backslash
           (some readers replace `${…}` even in single quotes: a value that has it is not for them)
  systemd  lines `NAME=\"…\"` for EnvironmentFile=; text only
  docker   lines `NAME=…` for --env-file, which knows no quotes: no value with a line break; text only
  json     one object; text only

Examples:
  eval \"$(strongroom env 'app/*')\"
  strongroom env 'app/*' --format systemd > app.env
  strongroom env prod/db --fields --format json

A program that can be started by `strongroom run` needs none of this, and no file.";

#[derive(Args, Debug)]
pub struct Environment {
    /// Names or patterns of secrets
    #[arg(required_unless_present = "env")]
    patterns: Vec<String>,
    /// A variable of this name, from a secret or a member of its JSON value; may be given several times
    #[arg(long, value_name = "VARIABLE=NAME[#FIELD]", value_parser = binding)]
    env: Vec<(String, Reference)>,
    /// A variable for each member of a value that is a JSON object
    #[arg(long)]
    fields: bool,
    /// Form of the text
    #[arg(long, value_enum, default_value_t = Form::Shell)]
    format: Form,
    /// Show secrets on a terminal
    #[arg(long)]
    show: bool,
}

/// Who is to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Shell,
    Dotenv,
    Json,
    Docker,
    Systemd,
}

impl Environment {
    pub fn run(&self, run: &Run) -> Done {
        shown(self.show)?;
        let asked = Asked { bindings: &self.env, patterns: &self.patterns, fields: self.fields };
        let variables = run.as_principal(|session| asked.read(session))?;
        if run.out.quiet {
            return output::lines(variables.into_iter().map(|variable| variable.name));
        }
        let mut text = Wiped::default();
        if self.format == Form::Json {
            let all = variables.into_iter().map(|variable| Ok((variable.name.clone(), readable(variable)?)));
            return output::json(&Object(all.collect::<Result<Vec<_>, Failure>>()?));
        }
        for variable in &variables {
            self.format.write(variable, &mut text)?;
        }
        output::write(&[text.expose()])
    }
}

impl Form {
    /// One line, or as many as the value has. JSON is written as a whole.
    pub fn write(self, variable: &Variable, text: &mut Wiped) -> Done {
        let (name, value) = (variable.name.as_bytes(), variable.value.expose());
        let readable = || match std::str::from_utf8(value) {
            Ok(value) => Ok(value.as_bytes()),
            Err(_) => Err(not_text(&variable.name)),
        };
        if self == Self::Shell {
            text.push(b"export ");
        }
        text.push(name);
        text.push(b"=");
        match self {
            Self::Shell | Self::Json => single_quoted(value, text),
            // Readers differ in what a backslash and a quote are between single quotes; in double quotes these four escapes are
            // common ground.
            Self::Dotenv if !value.iter().any(|byte| b"'\\".contains(byte)) => single_quoted(value, text),
            Self::Dotenv => double_quoted(value, text),
            Self::Systemd => double_quoted(readable()?, text),
            Self::Docker => {
                let value = readable()?;
                if value.iter().any(|byte| b"\n\r".contains(byte)) {
                    return Err(Failure::invalid(format!(
                        "the value of {} has a line break, which Docker's files cannot hold",
                        variable.name
                    ))
                    .help("`strongroom run --file VARIABLE=NAME`, or a secret mounted as a file"));
                }
                if name.len().saturating_add(value.len()) >= DOCKER_LINE_MAX {
                    return Err(Failure::invalid(format!(
                        "the value of {} is longer than a line of Docker's files",
                        variable.name
                    )));
                }
                text.push(value);
            }
        }
        text.push(b"\n");
        Ok(())
    }
}

fn readable(variable: Variable) -> Result<SecretText, Failure> {
    variable.value.into_text().map_err(|_| not_text(&variable.name))
}

fn not_text(variable: &str) -> Failure {
    Failure::invalid(format!("the value of {} is not UTF-8, which this form must be", harmless(variable)))
        .help("`--format shell`, or `strongroom run`")
}

/// As a POSIX shell reads it back: nothing is special there but the quote that ends it.
pub fn single_quoted(value: &[u8], text: &mut Wiped) {
    text.push(b"'");
    for (number, part) in value.split(|byte| *byte == b'\'').enumerate() {
        if number > 0 {
            text.push(br"'\''");
        }
        text.push(part);
    }
    text.push(b"'");
}

/// As a POSIX shell, systemd and readers of dotenv files read it back.
fn double_quoted(value: &[u8], text: &mut Wiped) {
    text.push(b"\"");
    for part in value.chunk_by(|_, next| !SPECIAL.contains(next)) {
        if part.first().is_some_and(|byte| SPECIAL.contains(byte)) {
            text.push(b"\\");
        }
        text.push(part);
    }
    text.push(b"\"");
}

/// Names and values.
struct Object(Vec<(String, SecretText)>);

impl Tell for Object {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            for (name, value) in &self.0 {
                sink.entry(name, value);
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

/// What means something between double quotes.
const SPECIAL: &[u8] = b"\\\"$`";
/// Docker reads such files by lines of less than 64 KiB.
const DOCKER_LINE_MAX: usize = 65_534;

#[cfg(test)]
mod tests {
    //! Goal: what is written is read back byte for byte. Method: random values of awkward bytes, and the shell itself as reader.

    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn written(form: Form, value: &[u8]) -> Vec<u8> {
        let mut text = Wiped::default();
        form.write(&Variable { name: "V".into(), value: SecretBytes::from(value) }, &mut text).unwrap();
        text.expose().to_vec()
    }
    /// Sources the text in a shell, whose child then says what it got.
    fn read_back(text: &[u8]) -> Vec<u8> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, text).unwrap();
        let script = r#"set -a; . "$1"; exec printenv V"#;
        let out = Command::new("sh").args(["-c", script, "sh"]).arg(file.path()).env_clear().output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        out.stdout.strip_suffix(b"\n").unwrap().to_vec()
    }

    use strongroom::SecretBytes;

    fn awkward() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![proptest::sample::select(b"'\"\\$`\n\r\t #!*{}=;&|~%".as_slice()), 1..=255_u8];
        proptest::collection::vec(byte, 0..40)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]
        #[test]
        fn a_shell_reads_back_what_is_written_for_it(value in awkward()) {
            prop_assert_eq!(read_back(&written(Form::Shell, &value)), value);
        }
        #[test]
        fn a_shell_reads_back_what_is_written_as_dotenv_and_for_systemd(value in awkward()) {
            prop_assert_eq!(read_back(&written(Form::Dotenv, &value)), value.clone());
            if let Ok(text) = std::str::from_utf8(&value) {
                prop_assert_eq!(read_back(&written(Form::Systemd, text.as_bytes())), value);
            }
        }
    }

    #[test]
    fn forms_look_as_their_readers_want_them() {
        assert_eq!(written(Form::Shell, b"it's"), b"export V='it'\\''s'\n");
        assert_eq!(written(Form::Dotenv, b"a $b \"c\""), b"V='a $b \"c\"'\n");
        assert_eq!(written(Form::Dotenv, b"it's $5"), b"V=\"it's \\$5\"\n");
        assert_eq!(written(Form::Systemd, b"a\\b\n"), b"V=\"a\\\\b\n\"\n");
        assert_eq!(written(Form::Docker, b" 'as it' is "), b"V= 'as it' is \n");
    }
    #[test]
    fn what_a_form_cannot_hold_is_refused_and_not_told() {
        let refused = |form: Form, value: &[u8]| {
            let variable = Variable { name: "V".into(), value: SecretBytes::from(value) };
            form.write(&variable, &mut Wiped::default()).unwrap_err().render(false)
        };
        for (form, value) in [
            (Form::Docker, &b"hunter2\n"[..]),
            (Form::Docker, b"hunter2\r"),
            (Form::Docker, b"hunter2\xff"),
            (Form::Systemd, b"hunter2\xff"),
        ] {
            let told = refused(form, value);
            assert!(told.contains('V') && !told.contains("hunter2"), "{told}");
        }
        refused(Form::Docker, &vec![b'a'; 65_534]);
    }
}
