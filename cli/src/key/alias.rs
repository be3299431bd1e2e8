//! `strongroom key alias`.

use clap::Subcommand;
use strongroom::operation::kms::{CreateAlias, DeleteAlias, ListAliases, ListAliasesResponse, UpdateAlias};

use crate::failure::Done;
use crate::pages;
use crate::run::Run;

#[derive(Subcommand, Debug)]
pub enum Alias {
    /// Give a key another name
    Create {
        /// alias/NAME
        alias: String,
        /// Id or ARN of the key
        key: String,
    },
    /// Point an alias at another key
    Update {
        /// alias/NAME
        alias: String,
        /// Id or ARN of the key
        key: String,
    },
    /// List aliases
    List {
        /// Those of this key only: its id or ARN
        key: Option<String>,
    },
    /// Remove an alias; the key stays
    Rm {
        /// alias/NAME
        alias: String,
    },
}

impl Alias {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let kms = session.kms();
            match self {
                Self::Create { alias, key } => run.out.nothing(&kms.create_alias(CreateAlias::new(alias, key))?),
                Self::Update { alias, key } => run.out.nothing(&kms.update_alias(UpdateAlias::new(alias, key))?),
                Self::Rm { alias } => run.out.nothing(&kms.delete_alias(DeleteAlias::new(alias))?),
                Self::List { key } => {
                    let aliases = pages::every(|marker| {
                        let mut request = ListAliases::new();
                        request.key_id = key.as_deref().map(Into::into);
                        request.marker = marker;
                        let page = kms.list_aliases(request)?;
                        Ok((page.aliases, page.next_marker))
                    })?;
                    let answer = ListAliasesResponse::new(aliases, false);
                    run.out.list(&answer, &answer.aliases, &["AliasName", "TargetKeyId", "AliasArn"])
                }
            }
        })
    }
}
