//! Principals: are they any, are they meant for this kind of policy, do they open it to others?

use std::collections::HashSet;

use crate::name::Text;
use crate::policy::document::{Entry, PolicyKind, Principals, Statement};
use crate::policy::finding::Code;
use crate::policy::lint::Look;
use crate::policy::principal::{self, PrincipalFault, Who};
use crate::policy::public;
use crate::policy::suggest::nearest;

impl Look<'_, '_> {
    pub(super) fn principals(&mut self, statement: &Statement<'_>, principals: &Principals<'_>) {
        let mut accounts = HashSet::new();
        let mut exempt = Vec::new();
        for (kind, entry) in &principals.list {
            if entry.text.contains("${") {
                self.add(
                    Code::VariablePlace,
                    entry.at,
                    format!("variables are not substituted in principals: `{}`", entry.text),
                );
                continue;
            }
            let who = match principal::read(kind, &entry.text, self.kind == PolicyKind::Trust) {
                Ok(who) => who,
                Err(fault) => {
                    self.principal_fault(kind, entry, fault);
                    continue;
                }
            };
            let account = match &who {
                Who::Everyone if principals.negated => {
                    self.add(Code::PrincipalWildcard, entry.at, "`*` in `NotPrincipal` exempts nobody");
                    continue;
                }
                Who::Account { account, .. } => {
                    accounts.insert(account.clone());
                    Some(account.clone())
                }
                Who::User { arn, .. } | Who::Role { arn, .. } | Who::Session { arn } => {
                    let account = arn.split(':').nth(4).map(Text::from);
                    exempt.extend(account.clone());
                    account
                }
                Who::Everyone | Who::Service { .. } | Who::Nobody => None,
            };
            if let (Some(account), Some(own)) = (account, self.account)
                && statement.allow
                && !principals.negated
                && account != *own
            {
                self.add(
                    Code::ExternalAccount,
                    entry.at,
                    format!("account {account} is another one than the resource's"),
                );
            }
        }
        if principals.negated && statement.allow {
            let advice =
                "`NotPrincipal` goes with `Deny` only; with `Allow` it would open the resource to everyone else";
            self.add(Code::NotPrincipalAllow, principals.at, advice);
        } else if principals.negated && exempt.iter().any(|account| !accounts.contains(account)) {
            let advice = "name the exempt principal's account as well; better: `\"Principal\": \"*\"` with `ArnNotEquals` on `aws:PrincipalArn`";
            self.add(Code::NotPrincipalWithoutAccount, principals.at, advice);
        }
        if public::is_public(statement) {
            let advice = "everybody may do this; tie it to accounts, an organisation, ARNs or networks, in every value of a condition";
            self.add(Code::Public, principals.at, advice);
        }
    }
    fn principal_fault(&mut self, kind: &str, entry: &Entry<'_>, fault: PrincipalFault) {
        let text = &entry.text;
        match fault {
            PrincipalFault::Wildcard => {
                self.add(
                    Code::PrincipalWildcard,
                    entry.at,
                    format!("a principal is `*` or has no wildcard at all, not `{text}`"),
                );
            }
            PrincipalFault::UnknownKind => {
                let meant = nearest(kind, ["AWS", "Service", "Federated", "CanonicalUser"]).map(str::to_owned);
                self.suggest(Code::BadPrincipal, entry.at, format!("`{kind}` is no kind of principal"), meant);
            }
            PrincipalFault::Group => {
                self.add(
                    Code::BadPrincipal,
                    entry.at,
                    format!("a group is no principal: `{text}`; name its users, or a role"),
                );
            }
            PrincipalFault::NotHere => {
                self.add(Code::BadPrincipal, entry.at, format!("a `{kind}` principal does not belong here"));
            }
            PrincipalFault::Service => {
                let advice = format!("`{text}` is no service: its name ends in `.amazonaws.com`");
                self.add(Code::BadServicePrincipal, entry.at, advice);
            }
            PrincipalFault::Malformed => {
                self.add(Code::BadPrincipal, entry.at, format!("`{text}` is no account, user, role or session"));
            }
        }
    }
}
