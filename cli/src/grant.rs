//! `strongroom grant`.

use clap::{Args, Subcommand};
use strongroom::operation::kms::{
    CreateGrant, GrantConstraints, ListGrants, ListGrantsResponse, ListRetirableGrants, ListRetirableGrantsResponse,
    RetireGrant, RevokeGrant, RevokeGrantWithChildren,
};

use crate::failure::Done;
use crate::key::crypto::{passed, quietly_passed, tokens};
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
    /// List the grants on any key that a principal may retire
    ListRetirable {
        /// user/NAME, role/NAME or an ARN
        #[arg(value_name = "PRINCIPAL")]
        who: String,
    },
    /// End a grant as its retiring principal or its grantee
    Retire(Retire),
    /// End a grant as an administrator of its key
    Revoke(Revoke),
}

#[derive(Args, Debug)]
pub struct Retire {
    /// ARN of the key
    #[arg(required_unless_present = "token", conflicts_with = "token", requires = "grant")]
    key: Option<String>,
    /// Id of the grant
    grant: Option<String>,
    /// A token of the grant, instead of key and id
    #[arg(long)]
    token: Option<String>,
    /// Check everything, do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
pub struct Revoke {
    /// Id or ARN of the key
    key: String,
    /// Id of the grant
    grant: String,
    /// And all grants that were created by it, by those, and so on
    #[arg(long)]
    with_children: bool,
    /// Check everything, do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
pub struct Create {
    /// Id or ARN of the key
    key: String,
    /// Who may: user/NAME, role/NAME (with the path, if it has one) or an ARN
    #[arg(long, value_name = "PRINCIPAL")]
    to: String,
    /// What: Decrypt, Encrypt, GenerateDataKey, DescribeKey, CreateGrant …; several by commas or several times
    #[arg(long, visible_alias = "operations", value_name = "OPERATION", required = true, value_delimiter = ',')]
    operation: Vec<String>,
    /// Who may end it, beside the key's administrators
    #[arg(long, value_name = "PRINCIPAL")]
    retiring: Option<String>,
    /// The same request with the same name makes one grant
    #[arg(long)]
    name: Option<String>,
    /// Only with these pairs, and perhaps more, in the encryption context
    #[arg(long, visible_alias = "context-subset", value_name = "K=V", value_parser = pair, conflicts_with = "context_equals")]
    context: Vec<(String, String)>,
    /// Only with exactly these pairs in the encryption context
    #[arg(long, value_name = "K=V", value_parser = pair)]
    context_equals: Vec<(String, String)>,
    /// A token of a grant by which this one is created
    #[arg(long, value_name = "TOKEN")]
    grant_token: Vec<String>,
    /// Check everything, do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Grant {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Create(create) => create.run(run),
            Self::List { key, to } => list(run, key, to.as_deref()),
            Self::ListRetirable { who } => list_retirable(run, who),
            Self::Retire(retire) => retire.run(run),
            Self::Revoke(revoke) => revoke.run(run),
        }
    }
}

impl Retire {
    fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let mut request = RetireGrant::new();
            request.grant_token = self.token.as_deref().map(Into::into);
            request.key_id = self.key.as_deref().map(Into::into);
            request.grant_id = self.grant.as_deref().map(Into::into);
            request.dry_run = self.dry_run.then_some(true);
            let answer = session.kms().retire_grant(request).map_err(passed)?;
            run.out.nothing(&answer)
        })
        .or_else(quietly_passed)
    }
}

impl Revoke {
    fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            if self.with_children {
                let mut request = RevokeGrantWithChildren::new(&self.key, &self.grant);
                request.dry_run = self.dry_run.then_some(true);
                let answer = session.kms().revoke_grant_with_children(request).map_err(passed)?;
                return run.out.line(&answer, &["GrantIds"]);
            }
            let mut request = RevokeGrant::new(&self.key, &self.grant);
            request.dry_run = self.dry_run.then_some(true);
            let answer = session.kms().revoke_grant(request).map_err(passed)?;
            run.out.nothing(&answer)
        })
        .or_else(quietly_passed)
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
            request.grant_tokens = tokens(&self.grant_token);
            request.dry_run = self.dry_run.then_some(true);
            let answer = session.kms().create_grant(request).map_err(passed)?;
            run.out.line(&answer, &["GrantId"])
        })
        .or_else(quietly_passed)
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

fn list_retirable(run: &Run, principal: &str) -> Done {
    run.as_principal_in(|room, session| {
        let grants = pages::every(|marker| {
            let mut request = ListRetirableGrants::by(arn_of(room.account(), principal));
            request.marker = marker;
            let page = session.kms().list_retirable_grants(request)?;
            Ok((page.grants, page.next_marker))
        })?;
        let answer = ListRetirableGrantsResponse::new(grants, false);
        run.out.list(&answer, &answer.grants, &["GrantId", "KeyId", "GranteePrincipal", "Operations", "Name"])
    })
}
