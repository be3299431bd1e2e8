//! `strongroom diff`.

use clap::Args;
use strongroom::operation::secretsmanager::GetSecretValue;
use strongroom::{SecretBytes, Session};

use crate::failure::{Done, Exit, Failure};
use crate::field;
use crate::own::Record;
use crate::run::Run;

pub const EXAMPLES: &str = "\
Says `same` or `different`, never what: exit code 0 or 1. Other failures have their own exit codes, and say what they are.

Examples:
  strongroom diff prod/db test/db
  strongroom diff prod/db                             # AWSCURRENT and AWSPREVIOUS of one secret
  strongroom diff prod/db test/db --field password";

#[derive(Args, Debug)]
pub struct Diff {
    /// Name, partial or full ARN
    one: String,
    /// The other; without it, another version of the same secret
    other: Option<String>,
    /// The label of the version of the other [default: AWSCURRENT of another secret, AWSPREVIOUS of the same]
    #[arg(long, value_name = "LABEL")]
    stage: Option<String>,
    /// One member of JSON values: `a.b`, or a JSON pointer such as `/a/b/0`
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
}

impl Diff {
    pub fn run(&self, run: &Run) -> Done {
        let same = run.as_principal(|session| {
            let one = self.read(session, &self.one, None)?;
            let stage = self.stage.as_deref().or(self.other.is_none().then_some("AWSPREVIOUS"));
            let other = self.read(session, self.other.as_ref().unwrap_or(&self.one), stage)?;
            Ok(one.ct_eq(&other))
        })?;
        let told = if same { "same" } else { "different" };
        run.out.line(&Record::new().with("Result", told), &["Result"])?;
        if same { Ok(()) } else { Err(Failure::unspoken(Exit::Other)) }
    }
    fn read(&self, session: &Session, name: &str, stage: Option<&str>) -> Result<SecretBytes, Failure> {
        let mut request = GetSecretValue::new(name);
        request.version_stage = stage.map(Into::into);
        let answer = session.get_secret_value(request)?;
        match &self.field {
            None => Ok(SecretBytes::copy_of(answer.value())),
            Some(path) => field::find(answer.value(), path).map(SecretBytes::from),
        }
    }
}
