//! Values in: from standard input, a file, a person, an editor or the store's own generator. Never quietly from the command
//! line, where every process of the machine can read them.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::process::Command;

use clap::Args;
use strongroom::operation::secretsmanager::GetRandomPassword;
use strongroom::{SecretBytes, Session};
use zeroize::Zeroizing;

use crate::failure::{Done, Exit, Failure};
use crate::private_folder::PrivateFolder;
use crate::settings::variable;
use crate::signals::Supervisor;
use crate::terminal::{Terminal, note};

/// Where a secret value comes from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Value")]
pub struct ValueArgs {
    /// `-` for standard input, `@PATH` for a file; without it, standard input, or a question on a terminal
    #[arg(value_name = "SOURCE")]
    source: Option<String>,
    /// A random value: `24`, or `24,no-punctuation`; words: no-digits, no-punctuation, no-upper, no-lower, space, exclude=CHARS
    #[arg(long, value_name = "SPEC", num_args = 0..=1, default_missing_value = "32", conflicts_with_all = ["source", "value", "editor", "trim"])]
    generate: Option<String>,
    /// The value itself. Others can read command lines: for trying things out only
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["source", "editor"])]
    value: Option<String>,
    /// Write it in $VISUAL or $EDITOR, in memory-backed storage
    #[arg(long, conflicts_with = "source")]
    editor: bool,
    /// Drop one newline at the end
    #[arg(long)]
    trim: bool,
}

/// A value that was read, or one that the store is to make.
pub enum Wanted {
    Given(SecretBytes),
    Generated(GetRandomPassword),
}

impl ValueArgs {
    /// Reads the value, before the store is opened: nobody else should wait for somebody who types.
    pub fn fetch(&self, terminal: Terminal) -> Result<Wanted, Failure> {
        let value = if let Some(spec) = &self.generate {
            return Ok(Wanted::Generated(rules(spec)?));
        } else if let Some(text) = &self.value {
            note(
                "warning: a value on the command line can be read by other processes and stays in the shell's history",
            );
            SecretBytes::from(text.as_str())
        } else if self.editor {
            edited(terminal)?
        } else {
            match self.source.as_deref() {
                None if io::stdin().is_terminal() => {
                    if !terminal.may_ask {
                        return Err(Failure::usage("no value was given, and nobody can be asked"));
                    }
                    terminal.hidden_twice("Value")?
                }
                None | Some("-") => read_all(io::stdin().lock(), "standard input")?,
                Some(source) => from_file(source)?,
            }
        };
        Ok(Wanted::Given(if self.trim { value.without_final_newline() } else { value }))
    }
}

impl Wanted {
    /// The value itself; making one is an operation of its own, which the caller must be allowed.
    pub fn settle(self, session: &Session) -> Result<SecretBytes, Failure> {
        match self {
            Self::Given(value) => Ok(value),
            Self::Generated(request) => Ok(session.get_random_password(request)?.random_password.into()),
        }
    }
}

fn from_file(source: &str) -> Result<SecretBytes, Failure> {
    let Some(path) = source.strip_prefix('@') else {
        // It may well be the secret: it is not repeated.
        return Err(Failure::usage("a value is `-` for standard input or `@PATH` for a file")
            .help("`--value` takes a literal one, with a warning"));
    };
    let file = File::open(path).map_err(|cause| Failure::io(format!("`{path}`"), &cause))?;
    read_all(file, path)
}

/// Bytes of a `-` or `@PATH` argument that hold a secret; standard input without one.
pub fn secret_bytes(source: Option<&str>) -> Result<SecretBytes, Failure> {
    match source {
        None | Some("-") => read_all(io::stdin().lock(), "standard input"),
        Some(source) => from_file(source),
    }
}

/// Text of a `-` or `@PATH` argument that is no secret, such as a policy.
pub fn document(source: Option<&str>) -> Result<String, Failure> {
    if source.is_none() && io::stdin().is_terminal() {
        return Err(Failure::usage("no document was given").help("`@PATH`, or pipe it in"));
    }
    let bytes = secret_bytes(source)?;
    std::str::from_utf8(bytes.expose())
        .map(str::to_owned)
        .map_err(|_| Failure::new(Exit::MalformedPolicy, "MalformedPolicy", "the document is not UTF-8"))
}

/// Secrets go to a terminal only when asked for.
pub fn shown(show: bool) -> Done {
    if io::stdout().is_terminal() && !show {
        return Err(
            Failure::usage("secrets are not shown on a terminal").help("`--show`, or send it to a file or a pipe")
        );
    }
    Ok(())
}

/// Reads to the end, into memory that is wiped. What is longer than anything the store takes is cut just above that, so
/// that the store refuses it in its own words.
pub fn read_all(mut from: impl Read, what: &str) -> Result<SecretBytes, Failure> {
    let mut buffer = Zeroizing::new(vec![0; READ_MAX]);
    let len = fill(&mut buffer, &mut from, what)?;
    Ok(SecretBytes::from(buffer.get(..len).unwrap_or_default()))
}

/// Reads until the buffer is full or nothing is left; answers how much that was.
pub fn fill(buffer: &mut [u8], from: &mut impl Read, what: &str) -> Result<usize, Failure> {
    let mut len: usize = 0;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(count) => len = len.saturating_add(count),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(Failure::io(format!("{what} cannot be read"), &cause)),
        }
    }
    Ok(len)
}

fn rules(spec: &str) -> Result<GetRandomPassword, Failure> {
    let mut request = GetRandomPassword::new();
    for word in spec.split(',') {
        request = match word {
            "no-digits" => request.exclude_numbers(true),
            "no-punctuation" => request.exclude_punctuation(true),
            "no-upper" => request.exclude_uppercase(true),
            "no-lower" => request.exclude_lowercase(true),
            "space" => request.include_space(true),
            _ => match (word.parse::<i64>(), word.strip_prefix("exclude=")) {
                (Ok(length), _) => request.password_length(length),
                (_, Some(characters)) => request.exclude_characters(characters),
                _ => {
                    return Err(Failure::usage(format!("`{word}` is not a word of `--generate`"))
                        .help("such as `24` or `24,no-punctuation`"));
                }
            },
        };
    }
    Ok(request)
}

/// A value written in the person's editor. The file lies in a private folder, and so does what editors put beside it (swap files,
/// backups); an undo history elsewhere is the editor's own.
fn edited(terminal: Terminal) -> Result<SecretBytes, Failure> {
    if !terminal.may_ask {
        return Err(Failure::usage("an editor needs a terminal"));
    }
    let editor = variable("VISUAL")?
        .or(variable("EDITOR")?)
        .ok_or_else(|| Failure::usage("neither VISUAL nor EDITOR is set"))?;
    let mut words = editor.split_whitespace();
    let program = words.next().ok_or_else(|| Failure::usage("EDITOR is empty"))?;
    let broken = |cause: io::Error| Failure::io(format!("the editor `{program}`"), &cause);
    // From here on a signal goes to the editor, so that the file does not outlive us.
    let supervisor = Supervisor::begin().map_err(broken)?;
    let folder = PrivateFolder::make()?;
    let path = folder.write("value", b"")?;
    let mut command = Command::new(program);
    let ended = supervisor.run(command.args(words).arg(&path)).map_err(broken)?;
    // An editor may put a new file in the old one's place: read by name.
    let value = File::open(&path)
        .map_err(|cause| Failure::io("the edited file", &cause))
        .and_then(|file| read_all(file, "the edited file"));
    folder.remove()?;
    if !ended.success() {
        return Err(Failure::new(Exit::Other, "Editor", format!("the editor ended with {ended}; nothing was stored")));
    }
    value
}

/// More than the greatest value (65,536 bytes) and the greatest policy document (131,072 characters of up to 4 bytes).
const READ_MAX: usize = 524_289;
