//! `strongroom grant`.

use clap::{Args, Subcommand};
use strongroom::operation::kms::{CreateGrant, GrantConstraints, ListGrants, ListGrantsResponse, RevokeGrant};

use crate::failure::Done;
use crate::pages;
use crate::pairs::{arn_of, context, pair};
use crate::run::Run;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Example:\n  strongroom grant create alias/app --to user/ci --operation Decrypt\n  strongroom grant revoke KEY GRANT_ID"
)]
pub enum Grant {
    /// Let a principal use a key, beside what policies allow
    Create(Create),
    /// List the grants on a key
    List {
        /// Id or ARN of the key
        key: String,
        /// Those of this principal only: user/NAME, role/NAME or an ARN
        #[arg(long, value_name = "PRINCIPAL")]
        to: Option<String>,
    },
    /// End a grant
    Revoke {
        /// Id or ARN of the key
        key: String,
        /// Id of the grant
        grant: String,
    },
}

#[derive(Args, Debug)]
pub struct Create {
    /// Id or ARN of the key
    key: String,
    /// Who may: user/NAME, role/NAME (with the path, if it has one) or an ARN
    #[arg(long, value_name = "PRINCIPAL")]
    to: String,
    /// What: Decrypt, Encrypt, GenerateDataKey, DescribeKey, CreateGrant …; may be given several times
    #[arg(long, value_name = "OPERATION", required = true)]
    operation: Vec<String>,
    /// Who may end it, beside the key's administrators
    #[arg(long, value_name = "PRINCIPAL")]
    retiring: Option<String>,
    /// The same request with the same name makes one grant
    #[arg(long)]
    name: Option<String>,
    /// Only with these pairs, and perhaps more, in the encryption context
    #[arg(long, value_name = "K=V", value_parser = pair, conflicts_with = "context_equals")]
    context: Vec<(String, String)>,
    /// Only with exactly these pairs in the encryption context
    #[arg(long, value_name = "K=V", value_parser = pair)]
    context_equals: Vec<(String, String)>,
}

impl Grant {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Create(create) => create.run(run),
            Self::List { key, to } => list(run, key, to.as_deref()),
            Self::Revoke { key, grant } => run.as_principal(|session| {
                let answer = session.kms().revoke_grant(RevokeGrant::new(key, grant))?;
                run.out.nothing(&answer)
            }),
        }
    }
}

impl Create {
    fn run(&self, run: &Run) -> Done {
        run.as_principal_in(|room, session| {
            let operations = self.operation.iter().map(String::as_str);
            let mut request = CreateGrant::to(arn_of(room.account(), &self.to), self.key.as_str(), operations);
            request.retiring_principal = self.retiring.as_deref().map(|who| arn_of(room.account(), who));
            request.name = self.name.as_deref().map(Into::into);
            let (subset, equals) = (context(&self.context), context(&self.context_equals));
            if subset.is_some() || equals.is_some() {
                let mut constraints = GrantConstraints::new();
                (constraints.encryption_context_subset, constraints.encryption_context_equals) = (subset, equals);
                request.constraints = Some(constraints);
            }
            let answer = session.kms().create_grant(request)?;
            run.out.line(&answer, &["GrantId"])
        })
    }
}

fn list(run: &Run, key: &str, to: Option<&str>) -> Done {
    run.as_principal_in(|room, session| {
        let grants = pages::every(|marker| {
            let mut request = ListGrants::new(key);
            request.grantee_principal = to.map(|who| arn_of(room.account(), who));
            request.marker = marker;
            let page = session.kms().list_grants(request)?;
            Ok((page.grants, page.next_marker))
        })?;
        let answer = ListGrantsResponse::new(grants, false);
        run.out.list(&answer, &answer.grants, &["GrantId", "GranteePrincipal", "Operations", "Constraints", "Name"])
    })
}
