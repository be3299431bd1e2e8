//! One input, read whole into memory that is wiped.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use strongroom::SecretBytes;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::flat::harmless;
use crate::value;

/// What was read, and what to call it.
pub struct Input {
    pub label: String,
    /// Its name without folder and last extension, if it is a file.
    stem: Option<String>,
    pub extension: Option<String>,
    bytes: SecretBytes,
}

/// Where something stands: a file, and a line of it; line 0 means all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub label: String,
    pub line: usize,
}

impl Input {
    pub fn standard() -> Result<Self, Failure> {
        if io::stdin().is_terminal() {
            return Err(Failure::usage("no file was given").help("name it, or pipe it in"));
        }
        let bytes = whole(io::stdin().lock(), "standard input")?;
        Ok(Self { label: "standard input".to_owned(), stem: None, extension: None, bytes })
    }
    pub fn file(path: &Path) -> Result<Self, Failure> {
        let label = harmless(&path.display().to_string());
        let file = File::open(path).map_err(|cause| Failure::io(format!("`{label}`"), &cause))?;
        Self::named(path, whole(file, &format!("`{label}`"))?)
    }
    /// What a program made of a file.
    pub fn named(path: &Path, bytes: SecretBytes) -> Result<Self, Failure> {
        let label = harmless(&path.display().to_string());
        let stem = path.file_stem().map(|stem| text(stem, &label)).transpose()?;
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        Ok(Self { label, stem, extension, bytes })
    }
    pub fn bytes(&self) -> &[u8] {
        self.bytes.expose()
    }
    /// A copy as a value; without one newline at its end, if that is only how a program prints.
    pub fn value(&self, printed: bool) -> SecretBytes {
        let value = SecretBytes::copy_of(self.bytes());
        if printed { value.without_final_newline() } else { value }
    }
    pub fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(self.bytes()).map_err(|why| {
            let line = self.line_of(why.valid_up_to());
            self.wrong(line, "not UTF-8")
        })
    }
    /// The line, from 1, of a byte.
    pub fn line_of(&self, at: usize) -> usize {
        let before = self.bytes().get(..at).unwrap_or(self.bytes());
        before.split(|byte| *byte == b'\n').count()
    }
    pub fn origin(&self, line: usize) -> Origin {
        Origin { label: self.label.clone(), line }
    }
    pub fn wrong(&self, line: usize, what: impl Into<String>) -> Failure {
        Failure::invalid(format!("{}: {}", self.origin(line), what.into()))
    }
    /// The name of the one secret that this is: the one that was given, or that of the file.
    pub fn name_of_one(&self, given: Option<&str>) -> Result<String, Failure> {
        match (given, &self.stem) {
            (Some(name), _) => Ok(name.to_owned()),
            (None, Some(stem)) => Ok(stem.clone()),
            (None, None) => Err(Failure::usage("what comes from standard input has no name").help("`--name NAME`")),
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == 0 { f.write_str(&self.label) } else { write!(f, "{}:{}", self.label, self.line) }
    }
}

/// A name of a file as text.
pub fn text(name: &std::ffi::OsStr, label: &str) -> Result<String, Failure> {
    name.to_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::invalid(format!("{label}: the name of the file is not UTF-8: no secret can have it")))
}

/// Reads to the end, in blocks that are wiped, so that no buffer grows and leaves what it held behind.
pub fn whole(mut from: impl Read, what: &str) -> Result<SecretBytes, Failure> {
    let mut blocks: Vec<(Zeroizing<Vec<u8>>, usize)> = Vec::new();
    let mut len: usize = 0;
    loop {
        let mut block = Zeroizing::new(vec![0; BLOCK]);
        let filled = value::fill(&mut block, &mut from, what)?;
        len = len.saturating_add(filled);
        if len > INPUT_MAX {
            return Err(Failure::new(
                Exit::Invalid,
                "LimitExceeded",
                format!("{what} is longer than {} MiB", INPUT_MAX >> 20),
            )
            .help("import it in parts"));
        }
        blocks.push((block, filled));
        if filled < BLOCK {
            break;
        }
    }
    let filled = SecretBytes::fill_with(len, |out| {
        let mut out = out;
        for (block, filled) in &blocks {
            let (place, rest) = out.split_at_mut_checked(*filled).ok_or(())?;
            place.copy_from_slice(block.get(..*filled).ok_or(())?);
            out = rest;
        }
        Ok(())
    });
    filled.map_err(|()| Failure::new(Exit::Other, "Other", "the input was counted wrong"))
}

const BLOCK: usize = 64 << 10;
const INPUT_MAX: usize = 64 << 20;
