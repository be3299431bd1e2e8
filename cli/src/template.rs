//! `strongroom template`: a file with secrets filled in.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use strongroom::{SecretBytes, Session};
use zeroize::Zeroizing;

use crate::environment::single_quoted;
use crate::failure::{Done, Failure};
use crate::flat::harmless;
use crate::output::{self, SecretString};
use crate::own::Record;
use crate::reference::Reference;
use crate::run::Run;
use crate::value::shown;
use crate::wiped::Wiped;

const NOTE: &str = "\
In a template, what stands between {{ and }} is replaced; everything else is kept byte for byte.

  {{ secret \"prod/db\" }}                     the value
  {{ secret \"prod/db\" \"password\" }}          a member of a JSON value: a.b, or a JSON pointer
  {{ secret \"prod/db\" | json }}              as a JSON string, quotes included
  {{ secret \"prod/db\" | shell }}             as a word of a POSIX shell, quotes included
  {{ secret \"prod/db\" | base64 }}            in base64
  {{ \"{{\" }}                                 two braces

There are no conditions, loops or variables. Names stand between double quotes, where \\\" is a quote and \\\\ a backslash. Nothing is \
written unless everything could be read. OUT gets mode 0600 and changes at once, also if the power fails.

Examples:
  strongroom template render app.conf.tmpl /run/app/app.conf
  strongroom template render - < app.conf.tmpl | ssh host 'umask 077; cat > app.conf'
  strongroom template check app.conf.tmpl";

#[derive(Subcommand, Debug)]
#[command(after_help = NOTE)]
pub enum Template {
    /// Fill in a template
    #[command(after_help = NOTE)]
    Render(Render),
    /// List the secrets that a template names, without reading them; needs no store
    Check {
        /// The template; `-` for standard input
        template: PathBuf,
    },
}

#[derive(Args, Debug)]
pub struct Render {
    /// The template; `-` for standard input
    template: PathBuf,
    /// The file to write; standard output without it
    out: Option<PathBuf>,
    /// Show secrets on a terminal
    #[arg(long)]
    show: bool,
}

impl Template {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Render(render) => render.run(run),
            Self::Check { template } => check(run, template),
        }
    }
}

impl Render {
    fn run(&self, run: &Run) -> Done {
        if self.out.is_none() {
            shown(self.show)?;
        }
        let text = read(&self.template)?;
        let parts = parse(&text).map_err(|wrong| wrong.told(&self.template, &text))?;
        let rendered = run.as_principal(|session| fill(&parts, session))?;
        match &self.out {
            None => output::write(&[rendered.expose()]),
            Some(path) => {
                replace(path, rendered.expose())
                    .map_err(|cause| Failure::io(format!("`{}` cannot be written", path.display()), &cause))?;
                run.out.line(&Record::new().with("Path", path.display().to_string()), &["Path"])
            }
        }
    }
}

fn check(run: &Run, template: &Path) -> Done {
    let text = read(template)?;
    let parts = parse(&text).map_err(|wrong| wrong.told(template, &text))?;
    let named = |part: &Part<'_>| match part {
        Part::Secret(reference, _) => {
            Some(Record::new().with("SecretId", reference.name.as_str()).with_some("Field", reference.field.as_deref()))
        }
        Part::Text(_) => None,
    };
    let records: Vec<_> = parts.iter().filter_map(named).collect();
    run.out.list(&crate::own::Listed("Secrets", &records), &records, &["SecretId", "Field"])
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
enum Part<'t> {
    Text(&'t [u8]),
    Secret(Reference, Option<Filter>),
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Json,
    Shell,
    Base64,
}

/// What is wrong, and where: bytes from the beginning.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    at: usize,
    what: &'static str,
}

impl Wrong {
    fn told(&self, path: &Path, text: &[u8]) -> Failure {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.split(|byte| *byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count().saturating_add(1);
        Failure::invalid(format!("`{}`, line {line}, column {column}: {}", path.display(), self.what))
            .help("`strongroom template --help` shows what a template may hold")
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // A template may have been written with a secret in it.
    let mut text = Zeroizing::new(Vec::new());
    let broken = |cause: io::Error| Failure::io(format!("`{}`", path.display()), &cause);
    if path == Path::new("-") {
        io::stdin().lock().take(TEMPLATE_MAX).read_to_end(&mut text).map_err(broken)?;
    } else {
        let file = File::open(path).map_err(broken)?;
        file.take(TEMPLATE_MAX).read_to_end(&mut text).map_err(broken)?;
    }
    if u64::try_from(text.len()).is_ok_and(|len| len >= TEMPLATE_MAX) {
        return Err(Failure::invalid(format!("`{}` is longer than {TEMPLATE_MAX} bytes", path.display())));
    }
    Ok(text)
}

fn parse(text: &[u8]) -> Result<Vec<Part<'_>>, Wrong> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(found) = find(text, at, b"{{") {
        parts.push(Part::Text(text.get(at..found).unwrap_or_default()));
        let mut reader = Reader { text, at: found.saturating_add(2) };
        parts.push(reader.action(found)?);
        at = reader.at;
    }
    parts.push(Part::Text(text.get(at..).unwrap_or_default()));
    Ok(parts)
}

fn find(text: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    let rest = text.get(from..)?;
    rest.windows(wanted.len()).position(|window| window == wanted).map(|at| from.saturating_add(at))
}

/// Reads what stands between two pairs of braces.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    fn action(&mut self, start: usize) -> Result<Part<'t>, Wrong> {
        self.spaces();
        let part = if self.peek() == Some(b'"') {
            let begin = self.at;
            if self.quoted()? != "{{" {
                return Err(Wrong { at: begin, what: "text between quotes can only be `\"{{\"`" });
            }
            Part::Text(b"{{")
        } else {
            let begin = self.at;
            if self.word() != b"secret" {
                return Err(Wrong { at: begin, what: "expected `secret \"NAME\"`" });
            }
            self.spaces();
            let begin = self.at;
            let name = self.quoted()?;
            self.spaces();
            let field = if self.peek() == Some(b'"') { Some(self.quoted()?) } else { None };
            if name.is_empty() || field.as_ref().is_some_and(String::is_empty) {
                return Err(Wrong { at: begin, what: "a name is empty" });
            }
            Part::Secret(Reference { name, field }, self.filter()?)
        };
        self.spaces();
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(b"}}")) {
            self.at = self.at.saturating_add(2);
            return Ok(part);
        }
        let what = if find(self.text, self.at, b"}}").is_some() {
            return Err(Wrong { at: self.at, what: "expected `}}`" });
        } else {
            "there is no `}}` to this `{{`"
        };
        Err(Wrong { at: start, what })
    }
    fn filter(&mut self) -> Result<Option<Filter>, Wrong> {
        self.spaces();
        if self.peek() != Some(b'|') {
            return Ok(None);
        }
        self.at = self.at.saturating_add(1);
        self.spaces();
        let begin = self.at;
        match self.word() {
            b"json" => Ok(Some(Filter::Json)),
            b"shell" => Ok(Some(Filter::Shell)),
            b"base64" => Ok(Some(Filter::Base64)),
            _ => Err(Wrong { at: begin, what: "after `|` comes `json`, `shell` or `base64`" }),
        }
    }
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
    fn spaces(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at = self.at.saturating_add(1);
        }
    }
    fn word(&mut self) -> &'t [u8] {
        let begin = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            self.at = self.at.saturating_add(1);
        }
        self.text.get(begin..self.at).unwrap_or_default()
    }
    fn quoted(&mut self) -> Result<String, Wrong> {
        let begin = self.at;
        let wrong = |what| Wrong { at: begin, what };
        if self.peek() != Some(b'"') {
            return Err(wrong("expected a name between double quotes"));
        }
        let mut bytes = Vec::new();
        loop {
            self.at = self.at.saturating_add(1);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at = self.at.saturating_add(1);
                    match self.peek() {
                        Some(byte @ (b'"' | b'\\')) => bytes.push(byte),
                        _ => return Err(wrong("a backslash comes before a quote or a backslash")),
                    }
                }
                Some(b'\n') | None => return Err(wrong("the quotes are not closed on this line")),
                Some(byte) => bytes.push(byte),
            }
        }
        self.at = self.at.saturating_add(1);
        String::from_utf8(bytes).map_err(|_| wrong("a name is not UTF-8"))
    }
}

/// Reads each secret, and puts everything together.
fn fill(parts: &[Part<'_>], session: &Session) -> Result<Wiped, Failure> {
    let mut whole = Wiped::default();
    for part in parts {
        match part {
            Part::Text(text) => whole.push(text),
            Part::Secret(reference, filter) => {
                let value = reference.read(session)?;
                match filter {
                    None => whole.push(value.expose()),
                    Some(filter) => filter.write(&reference.name, &value, &mut whole)?,
                }
            }
        }
    }
    Ok(whole)
}

impl Filter {
    fn write(self, name: &str, value: &SecretBytes, whole: &mut Wiped) -> Done {
        match self {
            Self::Shell if value.expose().contains(&0) => {
                let name = harmless(name);
                return Err(Failure::invalid(format!("`{name}` holds a NUL byte, which no shell can")));
            }
            Self::Shell => single_quoted(value.expose(), whole),
            Self::Base64 => whole.push(Zeroizing::new(STANDARD.encode(value.expose())).as_bytes()),
            Self::Json => whole.push(SecretString::of(value.expose(), name)?.json().expose()),
        }
        Ok(())
    }
}

/// A new file in the old one's place, with mode 0600: whoever reads it meets the old content or the new, never a part.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".strongroom-").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    File::open(folder)?.sync_all()
}

/// 4 MiB.
const TEMPLATE_MAX: u64 = 1 << 22;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        /// Text is kept byte for byte; whatever else stands there is read or refused at a place within the text.
        #[test]
        fn anything_is_read_or_refused(pieces in proptest::collection::vec(awkward(), 0..12)) {
            let text = pieces.concat();
            match parse(&text) {
                Ok(parts) if parts.len() == 1 => prop_assert_eq!(&parts, &[Part::Text(&text)]),
                Ok(parts) => prop_assert_eq!(parts.len() % 2, 1),
                Err(wrong) => prop_assert!(wrong.at <= text.len()),
            }
        }
    }

    fn awkward() -> impl Strategy<Value = Vec<u8>> {
        let words = ["{{", "}}", "secret", "\"a\"", "\"", "\\", " ", "\n", "|", "json", "{", "x\u{e4}"];
        prop_oneof![
            proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..4),
        ]
    }

    fn secret(name: &str, field: Option<&str>, filter: Option<Filter>) -> Part<'static> {
        Part::Secret(Reference { name: name.to_owned(), field: field.map(str::to_owned) }, filter)
    }

    #[test]
    fn what_stands_between_braces_is_read_and_the_rest_is_kept() {
        assert_eq!(
            parse(b"a={{secret \"x/y\"}}\n{{ secret \"z\" \"p.q\" | shell }}\xff").unwrap(),
            [
                Part::Text(b"a="),
                secret("x/y", None, None),
                Part::Text(b"\n"),
                secret("z", Some("p.q"), Some(Filter::Shell)),
                Part::Text(b"\xff")
            ]
        );
        assert_eq!(parse(b"{{ \"{{\" }}a}}").unwrap(), [Part::Text(b""), Part::Text(b"{{"), Part::Text(b"a}}")]);
        let quoted = parse(br#"{{ secret "a\"}}\\" |json }}"#).unwrap();
        assert_eq!(quoted.get(1), Some(&secret("a\"}}\\", None, Some(Filter::Json))));
        assert_eq!(parse(b"{ {single} }").unwrap(), [Part::Text(b"{ {single} }")]);
    }
    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, at) in [
            (&b"x {{ secret \"a\""[..], 2),
            (b"{{ secrets \"a\" }}", 3),
            (b"{{ secret a }}", 10),
            (b"{{ secret \"a }}", 10),
            (b"{{ secret \"a\n\" }}", 10),
            (b"{{ secret \"\" }}", 10),
            (b"{{ secret \"a\" \"\" }}", 10),
            (b"{{ secret \"a\" | upper }}", 16),
            (b"{{ secret \"a\" \"b\" \"c\" }}", 18),
            (b"{{ \"hunter2\" }}", 3),
            (b"{{ secret \"a\\n\" }}", 10),
            (b"{{ secret \"\xff\" }}", 10),
            (b"{{}}", 2),
            (b"{{", 2),
        ] {
            assert_eq!(parse(text).unwrap_err().at, at, "{}", String::from_utf8_lossy(text));
        }
        let text = b"one\ntwo {{ x }}";
        let told = parse(text).unwrap_err().told(Path::new("t"), text).render(false);
        assert!(told.contains("`t`, line 2, column 8"), "{told}");
    }
    #[test]
    fn a_file_is_replaced_whole_and_is_ours_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        std::fs::write(&path, "old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("none/out"), b"new").is_err());
    }
}
