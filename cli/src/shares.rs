//! Shares of a way in: how many, where they are read, how they are told.

use std::fs::File;
use std::path::Path;

use strongroom::{OsEntropy, SecretBytes, SecretText, Sharing, Unlock, shares_needed};

use crate::failure::{Done, Failure};
use crate::output::{self, Format, Out};
use crate::own::Record;
use crate::terminal::{Terminal, note};
use crate::value;

/// `3of5`: any three of five.
pub fn sharing(text: &str) -> Result<Sharing, Failure> {
    let parsed =
        text.split_once("of").and_then(|(threshold, count)| Some((threshold.parse().ok()?, count.parse().ok()?)));
    let (threshold, count) =
        parsed.ok_or_else(|| Failure::usage("shares are said as `shamir:KofN`, such as `shamir:3of5`"))?;
    Ok(Sharing::new(threshold, count).map_err(strongroom::Error::from)?)
}

/// A new way in: all of its shares.
pub fn draw(sharing: Sharing) -> Result<Vec<SecretText>, Failure> {
    Ok(sharing.draw(&OsEntropy).map_err(strongroom::Error::from)?)
}

/// Shares of before, as many as it takes: one a line in a file, or typed one after the other.
pub fn fetch(from: Option<&Path>, terminal: Terminal) -> Result<Unlock, Failure> {
    let shares = match from {
        Some(path) => of_file(path)?,
        None => typed(terminal)?,
    };
    Ok(Unlock::Shares(shares))
}

fn of_file(path: &Path) -> Result<Vec<SecretText>, Failure> {
    let shown = format!("the file of shares `{}`", path.display());
    let file = File::open(path).map_err(|cause| Failure::cannot_unlock(format!("{shown}: {cause}")))?;
    let text = value::read_all(file, &shown)?;
    let lines = text.expose().split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.map(|line| as_text(SecretBytes::copy_of(line))).collect()
}

fn typed(terminal: Terminal) -> Result<Vec<SecretText>, Failure> {
    if !terminal.may_ask {
        return Err(Failure::cannot_unlock("the shares were not given, and nobody can be asked")
            .help("`--unlock shares:PATH` reads them from a file, one a line"));
    }
    let mut shares: Vec<SecretText> = Vec::new();
    loop {
        let share = as_text(terminal.hidden(&format!("Share {}: ", shares.len().saturating_add(1)))?)?;
        // A slip of the pen is told at once, and not after the last of them.
        match shares_needed(&share) {
            Err(fault) => note(&format!("note: {fault}; once more")),
            Ok(_) if shares.iter().any(|known| known.ct_eq(&share)) => note("note: that one was given already"),
            Ok(needed) => {
                shares.push(share);
                if shares.len() >= usize::from(needed) {
                    return Ok(shares);
                }
            }
        }
    }
}

fn as_text(share: SecretBytes) -> Result<SecretText, Failure> {
    share.into_text().map_err(|_| Failure::invalid("a share is no text"))
}

/// Can this form of an answer tell shares at all? Asked before they are drawn.
pub fn can_be_told(out: Out) -> Done {
    if out.quiet || out.format == Format::Table {
        return Err(Failure::usage("neither `-q` nor a table would tell the shares"));
    }
    Ok(())
}

/// The answer of a command, and behind it the shares: one a line, each for another keeper.
pub fn tell(out: Out, record: Record, (name, id): (&str, &str), shares: Vec<SecretText>) -> Done {
    note("note: give each share to another keeper, apart from the store; they are not told again");
    match out.format {
        Format::Text | Format::Table => {
            let lines = shares.iter().flat_map(|share| [share.expose().as_bytes(), b"\n"]);
            output::write(&[id.as_bytes(), b"\n"].into_iter().chain(lines).collect::<Vec<_>>())
        }
        Format::Env | Format::Dotenv | Format::YamlFlat => {
            let names: Vec<String> = (1..=shares.len()).map(|number| format!("Share{number}")).collect();
            let shares = names.iter().zip(&shares).map(|(name, share)| (name.as_str(), share.expose().as_bytes()));
            out.pairs(&std::iter::once((name, id.as_bytes())).chain(shares).collect::<Vec<_>>())
        }
        Format::Json => output::json(&record.with("Shares", shares)),
    }
}
