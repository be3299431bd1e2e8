//! Several values in one run: `strongroom get` with more than one name, or with filters.

use std::io::{self, Write as _};

use strongroom::operation::secretsmanager::{
    APIErrorType, BatchGetSecretValue, BatchGetSecretValueResponse, Filter, SecretValueEntry,
};
use strongroom::{Error, SecretText, Session};

use crate::failure::{Done, Failure};
use crate::field;
use crate::flat::harmless;
use crate::get::{MASK, masks};
use crate::output::{self, Format};
use crate::run::Run;

/// Which secrets are meant.
pub enum Which<'a> {
    Named(&'a [String]),
    Found(Vec<Filter>),
}

/// What is to be shown of each value.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub field: Option<&'a str>,
    pub show: bool,
}

/// Prints what can be read. Each secret that cannot is told on standard error; the exit code is that of the first of them.
pub fn run(run: &Run, which: &Which<'_>, shown: Shown<'_>) -> Done {
    let failures = run.as_principal(|session| {
        let mut answer = gather(session, which)?;
        let mut failures: Vec<Failure> = answer.errors.iter().map(failure_of).collect();
        if let Some(path) = shown.field {
            answer.secret_values = fields(answer.secret_values, path, &mut failures);
        }
        print(run, answer, shown.show, &mut failures)?;
        Ok(failures)
    })?;
    tell(failures, run.global.color.of_errors())
}

fn gather(session: &Session, which: &Which<'_>) -> Result<BatchGetSecretValueResponse, Error> {
    let mut whole = BatchGetSecretValueResponse::new(Vec::new(), Vec::new());
    match which {
        Which::Named(names) => {
            for names in names.chunks(BATCH) {
                add(&mut whole, session.batch_get_secret_value(BatchGetSecretValue::of(names))?);
            }
        }
        Which::Found(filters) => {
            let mut request = BatchGetSecretValue::found_by(filters.clone());
            loop {
                let page = session.batch_get_secret_value(request.clone())?;
                request.next_token.clone_from(&page.next_token);
                add(&mut whole, page);
                if request.next_token.is_none() {
                    break;
                }
            }
        }
    }
    Ok(whole)
}

fn add(whole: &mut BatchGetSecretValueResponse, part: BatchGetSecretValueResponse) {
    whole.secret_values.extend(part.secret_values);
    whole.errors.extend(part.errors);
}

/// Each value's member; a value without it is a failure of its own.
fn fields(entries: Vec<SecretValueEntry>, path: &str, failures: &mut Vec<Failure>) -> Vec<SecretValueEntry> {
    let mut kept = Vec::with_capacity(entries.len());
    for mut entry in entries {
        match field::find(entry.value(), path) {
            Ok(found) => {
                entry.secret_binary = None;
                entry.secret_string = Some(found);
                kept.push(entry);
            }
            Err(failure) => failures.push(about(&entry.name, failure)),
        }
    }
    kept
}

fn print(run: &Run, mut answer: BatchGetSecretValueResponse, show: bool, failures: &mut Vec<Failure>) -> Done {
    if run.out.quiet {
        return run.out.list(&answer, &answer.secret_values, &["VersionId"]);
    }
    let masked = masks(show);
    match run.out.format {
        Format::Text => {
            for entry in &answer.secret_values {
                let value = if masked { MASK.as_bytes() } else { entry.value() };
                if stands_in_a_line(value) {
                    output::write(&[entry.name.as_bytes(), b"\t", value, b"\n"])?;
                } else {
                    let what = format!("the value is {} bytes that do not stand in one line", value.len());
                    let help = "`get` it by itself, or take `--output json`";
                    failures.push(about(&entry.name, Failure::usage(what).help(help)));
                }
            }
            Ok(())
        }
        Format::Json => {
            if masked {
                for entry in &mut answer.secret_values {
                    entry.secret_binary = None;
                    entry.secret_string = Some(SecretText::from(MASK));
                }
            }
            output::json(&answer)
        }
        Format::Env | Format::Dotenv | Format::YamlFlat => {
            let shown = |entry| if masked { MASK.as_bytes() } else { SecretValueEntry::value(entry) };
            let pairs: Vec<(&str, &[u8])> =
                answer.secret_values.iter().map(|entry| (entry.name.as_str(), shown(entry))).collect();
            run.out.pairs(&pairs)
        }
        // Tables are for people: they tell of values, never the values.
        Format::Table => {
            run.out.list(&answer, &answer.secret_values, &["Name", "VersionId", "VersionStages", "CreatedDate"])
        }
    }
}

/// What would look like further lines, or speak to a terminal, is not for lists.
fn stands_in_a_line(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| !text.chars().any(|c| c.is_control() && c != '\t'))
}

fn failure_of(error: &APIErrorType) -> Failure {
    about(&error.secret_id, Failure::of_code(&error.error_code, &error.message))
}

fn about(name: &str, mut failure: Failure) -> Failure {
    failure.message = format!("{}: {}", harmless(name), failure.message);
    failure
}

/// The last one is told as any failure of a run; those before it here.
fn tell(mut failures: Vec<Failure>, colored: bool) -> Done {
    let exit = failures.first().map(|first| first.exit);
    let (Some(mut last), Some(exit)) = (failures.pop(), exit) else { return Ok(()) };
    for failure in &failures {
        // When nobody reads errors, the exit code still says it.
        let _ = io::stderr().lock().write_all(failure.render(colored).as_bytes());
    }
    last.exit = exit;
    Err(last)
}

/// Secrets of one call, an AWS limit.
const BATCH: usize = 20;
