//! Answers out: data on standard output, as text, as JSON of AWS's shapes, or as a table. Notes go elsewhere.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use strongroom::operation::{Facet, Sink, Tell};
use strongroom::{SecretBytes, SecretText};

use crate::environment::Form;
use crate::failure::{Done, Failure};
use crate::flat::{self, Row};
use crate::variables::Variable;
use crate::wiped::Wiped;

/// Form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns between tabs, no heading: for people and pipes
    #[default]
    Text,
    /// One line of JSON; the shape of the AWS answer where there is one
    Json,
    /// A table with headings
    Table,
    /// Lines `export NAME='…'` for a shell
    Env,
    /// Lines `NAME='…'` for a file of variables
    Dotenv,
    /// Lines `Name: "…"`, one for each member
    YamlFlat,
}

impl Format {
    /// Names and values in a line each?
    pub fn is_pairs(self) -> bool {
        matches!(self, Self::Env | Self::Dotenv | Self::YamlFlat)
    }
}

/// Colors on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Is standard error to be colored?
    pub fn of_errors(self) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto => set("CLICOLOR_FORCE") || io::stderr().is_terminal(),
        }
    }
}

/// Where answers go.
#[derive(Clone, Copy, Debug)]
pub struct Out {
    pub format: Format,
    pub quiet: bool,
}

impl Out {
    /// One thing, all its members. With `-q`, its member `id` alone.
    pub fn thing(self, answer: &dyn Tell, id: &str) -> Done {
        if self.quiet {
            return bare(&[flat::rows(answer)], id);
        }
        match self.format {
            Format::Json => json(answer),
            Format::Text => lines(flat::rows(answer).iter().map(|(name, value)| format!("{name}\t{value}"))),
            Format::Table => {
                table(&["Member", "Value"], flat::rows(answer).into_iter().map(|(name, value)| vec![name, value]))
            }
            Format::Env | Format::Dotenv | Format::YamlFlat => self.told_in_pairs(answer),
        }
    }
    /// One thing in one line of these members, the first of which identifies it.
    pub fn line(self, answer: &dyn Tell, members: &[&str]) -> Done {
        self.rows(answer, vec![flat::rows(answer)], members)
    }
    /// Things in a line each, by these members, the first of which identifies a thing. JSON tells the whole `answer`.
    pub fn list<T: Tell>(self, answer: &dyn Tell, things: &[T], members: &[&str]) -> Done {
        self.rows(answer, things.iter().map(|thing| flat::rows(thing)).collect(), members)
    }
    /// An answer without content: JSON says `{}`, people are told nothing.
    pub fn nothing(self, answer: &dyn Tell) -> Done {
        if self.format == Format::Json && !self.quiet { json(answer) } else { Ok(()) }
    }
    /// Text as it is, with a newline if it has none: a policy, a path.
    pub fn text(self, answer: &dyn Tell, text: &str) -> Done {
        if self.format == Format::Json && !self.quiet {
            return json(answer);
        }
        let newline: &[u8] = if text.ends_with('\n') { b"" } else { b"\n" };
        write(&[text.as_bytes(), newline])
    }

    fn rows(self, answer: &dyn Tell, rows: Vec<Vec<Row>>, members: &[&str]) -> Done {
        if self.quiet {
            return bare(&rows, members.first().copied().unwrap_or_default());
        }
        let cells = |row: Vec<Row>| members.iter().map(|member| cell(&row, member)).collect::<Vec<_>>();
        match self.format {
            Format::Json => json(answer),
            Format::Text => lines(rows.into_iter().map(|row| cells(row).join("\t").trim_end_matches('\t').to_owned())),
            Format::Table => table(members, rows.into_iter().map(cells)),
            Format::Env | Format::Dotenv | Format::YamlFlat => self.told_in_pairs(answer),
        }
    }
    fn told_in_pairs(self, answer: &dyn Tell) -> Done {
        let rows = flat::rows(answer);
        let pairs: Vec<_> = rows.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        self.pairs(&pairs)
    }
    /// Names and values, which may be secret, in a form of pairs: variables, or members as they are named.
    pub fn pairs(self, pairs: &[(&str, &[u8])]) -> Done {
        let mut text = Wiped::default();
        for (name, value) in pairs {
            let form = match self.format {
                Format::Dotenv => Form::Dotenv,
                Format::YamlFlat => {
                    text.push(SecretString::of(name.as_bytes(), name)?.json().expose());
                    text.push(b": ");
                    text.push(SecretString::of(value, name)?.json().expose());
                    text.push(b"\n");
                    continue;
                }
                _ => Form::Shell,
            };
            if value.contains(&0) {
                return Err(Failure::invalid(format!("`{name}` holds a NUL byte, which no variable can")));
            }
            form.write(&Variable { name: variable_of_member(name), value: SecretBytes::copy_of(value) }, &mut text)?;
        }
        write(&[text.expose()])
    }
}

/// Identifiers alone.
fn bare(rows: &[Vec<Row>], id: &str) -> Done {
    lines(rows.iter().map(|row| cell(row, id)))
}

/// Bytes as they are, with nothing added.
pub fn write(parts: &[&[u8]]) -> Done {
    let mut out = io::stdout().lock();
    let written = parts.iter().try_for_each(|part| out.write_all(part)).and_then(|()| out.flush());
    written.map_err(|cause| Failure::output(&cause))
}

/// One line of JSON, out of a buffer that is wiped.
pub fn json(answer: &dyn Tell) -> Done {
    let text = strongroom::json::write(answer);
    write(&[text.expose(), b"\n"])
}

pub fn lines(lines: impl Iterator<Item = String>) -> Done {
    let text: String = lines.map(|line| line + "\n").collect();
    write(&[text.as_bytes()])
}

/// `VERSION_ID` of `VersionId`, `TAGS_1_KEY` of `Tags.1.Key`; what is written in capitals stays one word.
fn variable_of_member(name: &str) -> String {
    let mut variable = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            variable.push('_');
        }
        variable.push(if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
        before = c;
    }
    if variable.starts_with(|c: char| c.is_ascii_digit()) { format!("_{variable}") } else { variable }
}

/// Text that is written as a JSON string.
pub struct SecretString(SecretText);

impl SecretString {
    pub fn of(value: &[u8], name: &str) -> Result<Self, Failure> {
        let text = SecretBytes::copy_of(value).into_text();
        text.map(Self)
            .map_err(|_| Failure::invalid(format!("`{}` is not UTF-8, and no JSON string", flat::harmless(name))))
    }
    pub fn json(&self) -> SecretBytes {
        strongroom::json::write(self)
    }
}

impl Tell for SecretString {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.secret_text(&self.0);
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Secret(self.0.as_secret_bytes().expose())
    }
}

fn table(heading: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Done {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(heading.iter().map(|name| name.rsplit('.').next().unwrap_or(name)));
    for row in rows {
        table.add_row(row);
    }
    lines(std::iter::once(table.to_string()))
}

/// A member by its name, or by the name of one above it: `Key` finds `Key`, `Tags` finds all tags.
fn cell(row: &[Row], member: &str) -> String {
    let exact = row.iter().find(|(name, _)| name == member).map(|(_, value)| value.clone());
    exact.unwrap_or_else(|| {
        let below = row.iter().filter_map(|(name, value)| Some((name.strip_prefix(member)?.strip_prefix('.')?, value)));
        below.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    })
}

#[cfg(test)]
mod tests {
    use super::variable_of_member;

    #[test]
    fn members_become_names_that_every_shell_takes() {
        for (member, wanted) in [
            ("VersionId", "VERSION_ID"),
            ("ARN", "ARN"),
            ("KmsKeyId", "KMS_KEY_ID"),
            ("SecretList.1.Name", "SECRET_LIST_1_NAME"),
            ("Tags", "TAGS"),
            ("VersionIdsToStages.7f-0c", "VERSION_IDS_TO_STAGES_7F_0C"),
            ("prod/db-main", "PROD_DB_MAIN"),
            ("2fa", "_2FA"),
        ] {
            assert_eq!(variable_of_member(member), wanted);
        }
    }
}
