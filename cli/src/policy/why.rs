//! `strongroom policy explain`.

use clap::Args;
use strongroom::action::Action;

use super::who::Asking;
use crate::explain::{Asked, Story, ask};
use crate::failure::Done;
use crate::output;
use crate::output::Format;
use crate::own::{Listed, Record};
use crate::pairs::pair;
use crate::run::Run;
use crate::terminal::note;
use crate::value;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom policy explain --as user/ci --action secretsmanager:GetSecretValue --resource prod/db\n  strongroom policy explain --as role/web/i-1 --action secretsmanager:GetSecretValue --resource prod/db --stage AWSPREVIOUS\n\nThe asker needs iam:SimulatePrincipalPolicy on the principal and the right to read the policy of the resource. Of a\nsecret under a key, the use of the key is a second decision, and both must allow."
)]
pub struct Explain {
    /// `service:Operation`
    #[arg(long)]
    action: String,
    /// Name of a secret, id or alias of a key, an ARN, or `*`
    #[arg(long)]
    resource: String,
    #[command(flatten)]
    asking: Asking,
    /// A condition key of the request; may be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
    /// A policy that a caller of another account has there: `-` or `@PATH`; may be given several times
    #[arg(long, value_name = "SOURCE")]
    vouch: Vec<String>,
}

impl Explain {
    pub fn run(self, run: &Run) -> Done {
        let vouched = self.vouch.iter().map(|source| value::document(Some(source))).collect::<Result<_, _>>()?;
        let asked = Asked {
            who: run.settings.principal.value.clone(),
            action: self.action,
            resource: self.resource,
            stage: self.asking.stage,
            version_id: self.asking.version_id,
            context: self.context,
            vouched,
        };
        let room = run.open()?;
        if Action::parse(&asked.action).is_none() {
            note(&format!("note: `{}` is no action that is known; no request asks for it", asked.action));
        }
        let parts = ask(&room, &run.session(&room, self.asking.by.as_str())?, &asked)?;
        if run.out.format != Format::Text || run.out.quiet {
            let records: Vec<Record> = parts.iter().map(|part| Story(part, usize::MAX).record()).collect();
            let members = ["EvalDecision", "EvalActionName", "EvalResourceName"];
            return run.out.list(&Listed("EvaluationResults", &records), &records, &members);
        }
        output::lines(parts.iter().flat_map(|part| {
            let story = Story(part, usize::MAX);
            let head = format!("{}  {} on {}", story.verdict(), part.action, part.answer.resource);
            std::iter::once(head).chain(story.lines().into_iter().map(|line| format!("  = {line}")))
        }))
    }
}
