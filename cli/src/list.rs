//! `strongroom ls`.

use clap::{Args, ValueEnum};
use strongroom::operation::secretsmanager::{Filter, ListSecrets, ListSecretsResponse, SecretListEntry};
use strongroom::{Error, Session};

use crate::failure::Done;
use crate::pairs::pair;
use crate::run::Run;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom ls\n  strongroom ls 'prod/**' --tag env=prod\n  strongroom ls --filter 'all=orders primary' --filter 'name=!test'\n  strongroom -q ls | xargs -n1 strongroom describe"
)]
pub struct List {
    /// Names: `*` any text but `/`, `**` any text, `?` one character
    pattern: Option<String>,
    /// Those with this tag; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair)]
    tag: Vec<(String, String)>,
    /// AWS's filters: name, description, tag-key, tag-value, primary-region, owning-service or all; several values are
    /// alternatives, several filters must all match, `!` before a value turns it round
    #[arg(long, value_name = "KEY=VALUE[,VALUE]", value_parser = pair)]
    filter: Vec<(String, String)>,
    /// Those scheduled for deletion too
    #[arg(long)]
    deleted: bool,
    /// Order
    #[arg(long, value_enum, default_value_t = Sort::Name)]
    sort: Sort,
    /// Backwards
    #[arg(long)]
    reverse: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Name,
    Created,
    Changed,
    Accessed,
}

impl List {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let found = self.gather(session)?;
            let answer = ListSecretsResponse::new(found);
            let members: &[&str] = if self.deleted {
                &["Name", "LastChangedDate", "DeletedDate", "Description", "Tags"]
            } else {
                &["Name", "LastChangedDate", "Description", "Tags"]
            };
            run.out.list(&answer, &answer.secret_list, members)
        })
    }
    fn gather(&self, session: &Session) -> Result<Vec<SecretListEntry>, Error> {
        let mut filters = Vec::new();
        let prefix = self.pattern.as_deref().map(|pattern| pattern.split(['*', '?']).next().unwrap_or_default());
        // The store looks by prefix; the rest of the pattern is matched here.
        if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty() && !prefix.starts_with('!')) {
            filters.push(Filter::by("name", [prefix]));
        }
        filters.extend(self.tag.iter().map(|(key, _)| Filter::by("tag-key", [key.as_str()])));
        filters.extend(self.filter.iter().map(|(key, values)| Filter::by(key.as_str(), values.split(','))));
        let mut found = Vec::new();
        let mut next = None;
        loop {
            let mut request = ListSecrets::new()
                .max_results(100)
                .sort_by(self.sort.aws())
                .sort_order(if self.reverse { "desc" } else { "asc" });
            request.filters = (!filters.is_empty()).then(|| filters.clone());
            request.include_planned_deletion = self.deleted.then_some(true);
            request.next_token = next;
            let page = session.list_secrets(request)?;
            found.extend(page.secret_list.into_iter().filter(|entry| self.wants(entry)));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }
    fn wants(&self, entry: &SecretListEntry) -> bool {
        let has = |key: &str, value: &str| entry.tags.iter().flatten().any(|tag| tag.key == key && tag.value == value);
        self.pattern.as_deref().is_none_or(|pattern| matches(pattern, &entry.name))
            && self.tag.iter().all(|(key, value)| has(key, value))
    }
}

impl Sort {
    fn aws(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Created => "created-date",
            Self::Changed => "last-changed-date",
            Self::Accessed => "last-accessed-date",
        }
    }
}

/// Does the whole name match? Linear in the name for each star, and names are at most 512 characters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // `reached` holds the places in the pattern that some reading of the name so far has come to.
    let mut reached = vec![false; pattern.len().saturating_add(1)];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    pass_stars(&pattern, &mut reached);
    for c in name.chars() {
        let mut next = vec![false; reached.len()];
        for (at, symbol) in pattern.iter().enumerate().filter(|(at, _)| reached.get(*at) == Some(&true)) {
            let deep = pattern.get(at..).is_some_and(|rest| rest.starts_with(&['*', '*']))
                || (at > 0 && *symbol == '*' && pattern.get(at.saturating_sub(1)) == Some(&'*'));
            let goes_to = match symbol {
                '*' if deep || c != '/' => at,
                '?' if c != '/' => at.saturating_add(1),
                same if *same == c && !"*?".contains(*same) => at.saturating_add(1),
                _ => continue,
            };
            if let Some(place) = next.get_mut(goes_to) {
                *place = true;
            }
        }
        reached = next;
        pass_stars(&pattern, &mut reached);
    }
    reached.last() == Some(&true)
}

/// A star may stand for nothing.
fn pass_stars(pattern: &[char], reached: &mut [bool]) {
    for (at, symbol) in pattern.iter().enumerate() {
        if *symbol == '*'
            && reached.get(at) == Some(&true)
            && let Some(place) = reached.get_mut(at.saturating_add(1))
        {
            *place = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn one_star_stops_at_a_slash_and_two_do_not() {
        for (pattern, name, wanted) in [
            ("prod/db", "prod/db", true),
            ("prod/db", "prod/db2", false),
            ("prod/*", "prod/db", true),
            ("prod/*", "prod/a/b", false),
            ("prod/**", "prod/a/b", true),
            ("**/b", "prod/a/b", true),
            ("*", "a", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("", "a", false),
            ("a*a*a*a*a*a*b", &"a".repeat(300), false),
        ] {
            assert_eq!(matches(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
