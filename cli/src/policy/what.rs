//! `strongroom policy what-can`: what a principal would be allowed, resource by resource.

use std::collections::BTreeMap;

use clap::Args;
use strongroom::Session;
use strongroom::action::Action;
use strongroom::operation::kms::ListKeys;
use strongroom::operation::secretsmanager::ListSecrets;

use super::who::everybody;
use crate::explain::{Asked, ask};
use crate::failure::{Done, Failure};
use crate::own::{Listed, Record};
use crate::run::Run;

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  strongroom policy what-can user/ci\n\nA line for each secret and each key with the actions that a plain request would be allowed, one for each role that may\nbe assumed, and one for actions that have no resource. What may be done to users, roles and policies is not listed one\nby one: ask `policy explain` about it. The asker needs iam:GetAccountAuthorizationDetails, secretsmanager:ListSecrets,\nkms:ListKeys, iam:GetRole, and the right to read the policies and grants of the resources."
)]
pub struct WhatCan {
    /// `user/NAME`, `role/NAME`, `root`, or an ARN
    principal: String,
    /// Who asks, and so whose rights to ask and to read policies count
    #[arg(long, value_name = "PRINCIPAL", default_value = "root")]
    by: String,
}

impl WhatCan {
    pub fn run(self, run: &Run) -> Done {
        let room = run.open()?;
        let asker = run.session(&room, self.by.as_str())?;
        let on_resources = |service: &'static str| {
            Action::all().filter(move |action| action.service() == service && !action.resource_types().is_empty())
        };
        let mut found: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        let mut weigh = |resource: String, actions: &mut dyn Iterator<Item = Action>| -> Result<(), Failure> {
            for action in actions {
                let asked = Asked {
                    who: self.principal.clone(),
                    action: action.full_name().to_owned(),
                    resource: resource.clone(),
                    ..Asked::default()
                };
                let parts = ask(&room, &asker, &asked)?;
                if parts.iter().all(|part| part.answer.is_allowed()) {
                    found.entry(resource.clone()).or_default().push(action.full_name());
                }
            }
            Ok(())
        };
        let without = Action::all().filter(|action| action.resource_types().is_empty());
        let mut served = without.filter(|action| ["secretsmanager", "kms", "iam", "sts"].contains(&action.service()));
        weigh("*".to_owned(), &mut served)?;
        for secret in secrets(&asker)? {
            weigh(secret, &mut on_resources("secretsmanager"))?;
        }
        for (_, role) in everybody(&asker)?.into_iter().filter(|(who, _)| who.starts_with("role/")) {
            weigh(role, &mut std::iter::once(Action::STS_ASSUME_ROLE))?;
        }
        for key in keys(&asker)? {
            weigh(key, &mut on_resources("kms"))?;
        }
        let records: Vec<Record> = found
            .into_iter()
            .map(|(resource, actions)| Record::new().with("Resource", resource).with("Actions", actions.join(" ")))
            .collect();
        run.out.list(&Listed("Resources", &records), &records, &["Resource", "Actions"])
    }
}

fn secrets(asker: &Session) -> Result<Vec<String>, Failure> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let mut request = ListSecrets::new();
        request.next_token = token;
        let page = asker.list_secrets(request)?;
        all.extend(page.secret_list.iter().map(|secret| secret.arn.to_string()));
        token = page.next_token;
        if token.is_none() {
            return Ok(all);
        }
    }
}

fn keys(asker: &Session) -> Result<Vec<String>, Failure> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let mut request = ListKeys::new();
        request.marker = marker;
        let page = asker.kms().list_keys(request)?;
        all.extend(page.keys.iter().map(|key| key.key_arn.to_string()));
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(all);
        }
    }
}
