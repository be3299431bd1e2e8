//! `strongroom policy who-can`: every principal of the store that a request would be allowed to.

use clap::Args;
use strongroom::Session;
use strongroom::operation::iam::{EntityType, GetAccountAuthorizationDetails};

use crate::explain::{Asked, Story, ask};
use crate::failure::{Done, Failure};
use crate::own::{Listed, Record};
use crate::run::Run;

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  strongroom policy who-can secretsmanager:GetSecretValue prod/db\n\nThe asker needs iam:GetAccountAuthorizationDetails and the right to read the policy and the grants of the resource. A role stands for any session of it; whoever may assume one that is allowed is listed with that way.\nOf a secret under a key, the use of the key must be allowed as well."
)]
pub struct WhoCan {
    /// `service:Operation`
    action: String,
    /// Name of a secret, id or alias of a key, an ARN, or `*`
    resource: String,
    #[command(flatten)]
    asking: Asking,
}

/// Who asks, and of which version.
#[derive(Args, Debug)]
pub(super) struct Asking {
    /// Who asks, and so whose rights to ask and to read policies count
    #[arg(long, value_name = "PRINCIPAL", default_value = "root")]
    pub by: String,
    /// The version that is read, by a label
    #[arg(long, value_name = "LABEL")]
    pub stage: Option<String>,
    /// The version that is read, by its id
    #[arg(long, value_name = "ID")]
    pub version_id: Option<String>,
}

impl WhoCan {
    pub fn run(self, run: &Run) -> Done {
        let room = run.open()?;
        let asker = run.session(&room, self.asking.by.as_str())?;
        let everybody = everybody(&asker)?;
        let mut records = Vec::new();
        // Roles that are allowed it, and how one comes by them: themselves, at first.
        let mut roles = Vec::new();
        let mut rest = Vec::new();
        for (who, arn) in everybody {
            let asked = Asked {
                who: who.clone(),
                action: self.action.clone(),
                resource: self.resource.clone(),
                stage: self.asking.stage.clone(),
                version_id: self.asking.version_id.clone(),
                ..Asked::default()
            };
            let parts = ask(&room, &asker, &asked)?;
            if parts.iter().all(|part| part.answer.is_allowed()) {
                let by: Vec<String> =
                    parts.iter().map(|part| format!("{}: {}", part.action, Story(part, 0).by())).collect();
                records.push(Record::new().with("Principal", who.as_str()).with("AllowedBy", by.join("; ")));
                if who.starts_with("role/") {
                    roles.push((who, arn));
                }
            } else if who != "root" {
                // Root assumes no role.
                rest.push((who, arn));
            }
        }
        // Breadth first: a role that may assume one of them is a way as well.
        let mut next = 0;
        while let Some((role, role_arn)) = roles.get(next).cloned() {
            next += 1;
            let mut left = Vec::new();
            for (who, arn) in rest {
                let asked = Asked {
                    who: who.clone(),
                    action: "sts:AssumeRole".to_owned(),
                    resource: role_arn.clone(),
                    ..Asked::default()
                };
                let parts = ask(&room, &asker, &asked)?;
                if !parts.iter().all(|part| part.answer.is_allowed()) {
                    left.push((who, arn));
                    continue;
                }
                let by: Vec<String> = parts.iter().map(|part| Story(part, 0).by()).collect();
                let way = format!("it may assume {role}: {}", by.join("; "));
                records.push(Record::new().with("Principal", who.as_str()).with("AllowedBy", way));
                if who.starts_with("role/") {
                    roles.push((who, arn));
                }
            }
            rest = left;
        }
        run.out.list(&Listed("Principals", &records), &records, &["Principal", "AllowedBy"])
    }
}

/// Root, then users and roles by name, with their ARNs.
pub(super) fn everybody(asker: &Session) -> Result<Vec<(String, String)>, Failure> {
    let mut all = vec![("root".to_owned(), String::new())];
    let mut marker = None;
    loop {
        let mut request = GetAccountAuthorizationDetails::new().filter(vec![EntityType::User, EntityType::Role]);
        request.marker = marker;
        let page = asker.iam().get_account_authorization_details(request)?;
        let users = page.user_detail_list.iter();
        all.extend(users.map(|user| (format!("user/{}", user.user_name), user.arn.to_string())));
        let roles = page.role_detail_list.iter();
        all.extend(roles.map(|role| (format!("role/{}", role.role_name), role.arn.to_string())));
        marker = page.marker;
        if marker.is_none() {
            return Ok(all);
        }
    }
}
