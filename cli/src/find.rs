//! `strongroom find`.

use clap::Args;
use strongroom::operation::secretsmanager::{ListSecrets, ListSecretsResponse};

use crate::failure::{Done, Exit, Failure};
use crate::flat::harmless;
use crate::list::listed;
use crate::pattern::matches;
use crate::run::Run;

pub const EXAMPLES: &str = "\
Capital and small letters are the same. Without a slash the pattern is looked for in each part of a name between slashes; \
`strongroom ls --filter all=WORDS` looks into descriptions and tags.

Examples:
  strongroom find 'db*'         # prod/db-main, db2/password
  strongroom find 'prod/*/db'";

#[derive(Args, Debug)]
pub struct Find {
    /// `*` any text but `/`, `**` any text, `?` one character
    pattern: String,
}

impl Find {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let mut found = listed(session, &ListSecrets::new().sort_by("name").sort_order("asc"), None)?;
            found.retain(|entry| is_found(&self.pattern, &entry.name));
            if found.is_empty() {
                let shown = harmless(&self.pattern);
                return Err(Failure::new(Exit::NotFound, "NotFound", format!("no secret matches `{shown}`")));
            }
            let answer = ListSecretsResponse::new(found);
            run.out.list(&answer, &answer.secret_list, &["Name", "Description"])
        })
    }
}

fn is_found(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    matches(&pattern, &name) || (!pattern.contains('/') && name.split('/').any(|part| matches(&pattern, part)))
}

#[cfg(test)]
mod tests {
    use super::is_found;

    #[test]
    fn each_part_of_a_name_is_looked_at() {
        for (pattern, name, wanted) in [
            ("db*", "prod/db-main", true),
            ("db*", "db2/password", true),
            ("DB", "prod/db", true),
            ("db", "prod/db-main", false),
            ("prod/*", "prod/db", true),
            ("prod/*", "x/prod/db", false),
            ("d?", "prod/db", true),
        ] {
            assert_eq!(is_found(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
