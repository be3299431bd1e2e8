//! Secrets as variables of an environment: which, and under what names.

use std::collections::BTreeMap;

use strongroom::{SecretBytes, SecretText, Session};

use crate::failure::Failure;
use crate::field;
use crate::flat::harmless;
use crate::list;
use crate::pattern;
use crate::reference::{Reference, is_variable};

/// What a command line asks for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub bindings: &'a [(String, Reference)],
    pub patterns: &'a [String],
    /// A JSON object is a variable for each of its members.
    pub fields: bool,
}

/// One variable. An environment takes any bytes but NUL.
pub struct Variable {
    pub name: String,
    pub value: SecretBytes,
}

impl Asked<'_> {
    /// Reads them all, in the order of their names. Two secrets under one name are refused: which one would count is nobody's
    /// guess. A binding is the caller's own word and comes before what a pattern finds.
    pub fn read(self, session: &Session) -> Result<Vec<Variable>, Failure> {
        let mut found: BTreeMap<String, (String, SecretBytes)> = BTreeMap::new();
        for pattern in self.patterns {
            for name in list::names(session, pattern)? {
                let value = Reference::new(&name).read(session)?;
                let members = if self.fields { field::members(value.expose()) } else { None };
                let variables = match members {
                    None => vec![(of_name(pattern, &name), value)],
                    Some(members) => {
                        let named = |(member, value): (String, SecretText)| {
                            (of_member(pattern, &name, &member), SecretBytes::from(value))
                        };
                        members.into_iter().map(named).collect()
                    }
                };
                for (variable, value) in variables {
                    if is_obeyed(&variable) {
                        return Err(Failure::invalid(format!(
                            "`{}` would be the variable {variable}",
                            harmless(&name)
                        ))
                        .why("it changes what runs, and whoever makes secrets must not")
                        .help(format!("`--env {variable}=NAME`, if it is meant")));
                    }
                    enter(&mut found, variable, &name, value)?;
                }
            }
        }
        let mut bound = BTreeMap::new();
        for (variable, reference) in self.bindings {
            enter(&mut bound, variable.clone(), &reference.name, reference.read(session)?)?;
        }
        found.extend(bound);
        found.into_iter().map(|(name, (secret, value))| checked(name, &secret, value)).collect()
    }
}

fn enter(
    found: &mut BTreeMap<String, (String, SecretBytes)>,
    variable: String,
    secret: &str,
    value: SecretBytes,
) -> Result<(), Failure> {
    if let Some((other, _)) = found.get(&variable) {
        let (one, other) = (harmless(secret), harmless(other));
        return Err(Failure::invalid(format!("`{other}` and `{one}` would both be the variable {variable}"))
            .help("`--env VARIABLE=NAME` gives one of them a name of its own"));
    }
    found.insert(variable, (secret.to_owned(), value));
    Ok(())
}

fn checked(name: String, secret: &str, value: SecretBytes) -> Result<Variable, Failure> {
    let secret = harmless(secret);
    if !is_variable(&name) {
        return Err(Failure::invalid(format!("`{secret}` gives no name for a variable"))
            .help("`--env VARIABLE=NAME` gives it one"));
    }
    if value.expose().contains(&0) {
        return Err(Failure::invalid(format!("`{secret}` holds a NUL byte, which no variable can")).help("`--file`"));
    }
    Ok(Variable { name, value })
}

/// `DB_PASSWORD` of `app/db-password`, by `app/*`: what the pattern spells out up to a slash is left away, of a name without `*`
/// and `?` all but its last part.
pub fn of_name(pattern: &str, name: &str) -> String {
    let spelt = if pattern::is_pattern(pattern) { pattern::prefix(pattern) } else { name };
    let folder = spelt.rfind('/').map_or(0, |slash| slash.saturating_add(1));
    variable(name.get(folder..).unwrap_or(name))
}

/// `DB_PASSWORD` of the member `password` of `app/db`, by `app/*`; `PASSWORD` by `app/db`.
fn of_member(pattern: &str, name: &str, member: &str) -> String {
    if pattern::is_pattern(pattern) {
        let secret = of_name(pattern, name);
        variable(&format!("{secret}_{member}"))
    } else {
        variable(member)
    }
}

/// Capital letters, digits and `_`; a digit does not come first.
fn variable(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = text.chars().map(plain).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// Would it change how programs are loaded or shells begin?
fn is_obeyed(variable: &str) -> bool {
    ["LD_", "DYLD_"].iter().any(|prefix| variable.starts_with(prefix))
        || ["BASH_ENV", "ENV", "GCONV_PATH", "HOME", "IFS", "PATH", "PS4", "SHELL", "SHELLOPTS"].contains(&variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_variables_come_from_what_the_pattern_leaves_open() {
        for (pattern, name, wanted) in [
            ("app/*", "app/db-password", "DB_PASSWORD"),
            ("app/db*", "app/db-password", "DB_PASSWORD"),
            ("app/**", "app/db/password", "DB_PASSWORD"),
            ("**", "app/db/password", "APP_DB_PASSWORD"),
            ("app/db/password", "app/db/password", "PASSWORD"),
            ("token", "token", "TOKEN"),
            ("app/*", "app/2fa.seed", "_2FA_SEED"),
        ] {
            assert_eq!(of_name(pattern, name), wanted, "{pattern} {name}");
        }
        assert_eq!(of_member("app/*", "app/db", "user"), "DB_USER");
        assert_eq!(of_member("app/db", "app/db", "pass-word"), "PASS_WORD");
    }
    #[test]
    fn variables_that_choose_what_runs_are_known() {
        assert!(["PATH", "LD_PRELOAD", "BASH_ENV"].iter().all(|name| is_obeyed(name)));
        assert!(["PATHS", "DATABASE_URL", "OLD_TOKEN"].iter().all(|name| !is_obeyed(name)));
    }
}
