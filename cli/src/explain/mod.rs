//! Which statement decided, and of a secret under a key the second decision, on the key: the library's own answers, put
//! beside the text of the statements that they name.

mod quote;
mod tell;

use strongroom::action::Action;
use strongroom::name::{Arn, Text};
use strongroom::operation::secretsmanager::DescribeSecret;
use strongroom::{Answer, Principal, Question, Session, Strongroom};

use crate::failure::Failure;

pub use tell::Story;

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// `root`, `user/NAME`, `role/NAME[/SESSION]`, or an ARN.
    pub who: String,
    /// `service:Name`.
    pub action: String,
    /// A secret's name or ARN, a key's id, alias or ARN, an ARN of IAM, or `*`.
    pub resource: String,
    /// The version that a read asks for, by its label or id; the current one without either.
    pub stage: Option<String>,
    pub version_id: Option<String>,
    /// Further condition keys and their values.
    pub context: Vec<(String, String)>,
    /// What a caller of another account is allowed there.
    pub vouched: Vec<String>,
}

/// One decision: on the resource, or on the key that is used through it.
#[derive(Debug)]
pub struct Part {
    pub action: String,
    pub answer: Answer,
    /// Texts of the policies that are named in the answer.
    quotes: quote::Quotes,
}

/// Answers with what `asker` may ask. A use of a key through a secret is a second part.
pub fn ask(room: &Strongroom, asker: &Session, asked: &Asked) -> Result<Vec<Part>, Failure> {
    let who = principal(room.account(), &asked.who, &asked.vouched);
    let mut question = Question::new(who.clone(), asked.action.as_str(), asked.resource.as_str());
    question.version_stage = asked.stage.as_deref().map(Text::from);
    question.version_id = asked.version_id.as_deref().map(Text::from);
    for (key, value) in &asked.context {
        question = question.context(key, [value.as_str()]);
    }
    let answer = asker.explain(&question)?;
    let through = through(asker, asked, who, &answer.resource)?;
    let mut parts = vec![part(asker, asked, &asked.action, answer)];
    if let Some(question) = through {
        match asker.explain(&question) {
            Ok(answer) => parts.push(part(asker, asked, &question.action, answer)),
            // No managed key yet: nothing was ever sealed under it.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(parts)
}

fn part(asker: &Session, asked: &Asked, action: &str, answer: Answer) -> Part {
    let quotes = quote::Quotes::read(asker, &asked.vouched, &answer);
    Part { action: action.to_owned(), answer, quotes }
}

fn principal(home: &str, who: &str, vouched: &[String]) -> Principal {
    let arn = Arn::parse(who);
    if arn.as_ref().is_some_and(|arn| arn.account != home) {
        return Principal::of_another_account(who, vouched.iter().map(String::as_str));
    }
    // A role by itself does nothing; any session of it will do for the question.
    let role = match &arn {
        Some(arn) => arn.resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next()),
        None => who.strip_prefix("role/").filter(|name| !name.contains('/')),
    };
    role.map_or_else(|| Principal::from(who), |role| Principal::role(role, SESSION))
}

/// The question about the key, if the request would go on to it: as Secrets Manager asks it for the caller.
fn through(asker: &Session, asked: &Asked, who: Principal, secret: &str) -> Result<Option<Question>, Failure> {
    let Some(used) = used_through(&asked.action).filter(|_| asked.resource != "*") else { return Ok(None) };
    let found = match asker.describe_secret(DescribeSecret::new(secret)) {
        Ok(found) => found,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let key = found.kms_key_id.unwrap_or_else(|| MANAGED.into());
    let mut question = Question::new(who, used, key);
    for (name, value) in &asked.context {
        if name.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("aws:")) && !of_the_resource(name) {
            question = question.context(name, [value.as_str()]);
        }
    }
    let mut keys = vec!["SecretARN"];
    if used == READ {
        let stage = asked.stage.as_deref().unwrap_or("AWSCURRENT");
        let mut labelled = found.version_ids_to_stages.into_iter().flatten();
        let version = match &asked.version_id {
            Some(id) => Some(Text::from(id.as_str())),
            None => labelled.find(|(_, labels)| labels.iter().any(|label| label == stage)).map(|(id, _)| id),
        };
        if let Some(version) = version {
            keys.push("SecretVersionId");
            question = question.context("kms:EncryptionContext:SecretVersionId", [version]);
        }
    }
    question = question
        .context("kms:EncryptionContext:SecretARN", [found.arn])
        .context("kms:EncryptionContextKeys", keys)
        .context("kms:ViaService", [format!("secretsmanager.{}.amazonaws.com", asker.region())])
        .context("kms:EncryptionAlgorithm", ["SYMMETRIC_DEFAULT"])
        .context("kms:GrantIsForAWSResource", ["false"])
        // Secrets Manager names the key by what the secret says, never by an alias of the caller's.
        .context("kms:RequestAlias", Vec::<Text>::new())
        .context("aws:ViaAWSService", ["true"]);
    for name in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"] {
        question = question.context(name, ["secretsmanager.amazonaws.com"]);
    }
    Ok(Some(question))
}

/// Keys that tell of the secret and not of the key behind it.
fn of_the_resource(name: &str) -> bool {
    name.get(..12).is_some_and(|head| head.eq_ignore_ascii_case("aws:Resource"))
}

/// What an operation on a secret asks of its key; those that a plain request makes, not every repair on the way.
fn used_through(action: &str) -> Option<&'static str> {
    match Action::parse(action)?.name() {
        "GetSecretValue" => Some(READ),
        "PutSecretValue" | "CreateSecret" | "UpdateSecret" => Some("kms:GenerateDataKey"),
        _ => None,
    }
}

const READ: &str = "kms:Decrypt";
const MANAGED: &str = "alias/aws/secretsmanager";
const SESSION: &str = "session";
