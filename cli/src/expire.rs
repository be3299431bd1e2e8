//! `strongroom expire`.

use std::time::Duration;

use clap::Args;
use strongroom::clock::{Clock as _, SystemClock, Timestamp};

use crate::failure::Done;
use crate::own::Record;
use crate::pairs::{date, span};
use crate::run::Run;

#[derive(Args, Debug)]
#[command(
    after_help = "Nothing happens when the date has come: `strongroom due` tells of it.\n\nExamples:\n  strongroom expire prod/cert 2027-01-31\n  strongroom expire prod/token --in 90d"
)]
pub struct Expire {
    /// Name, partial or full ARN
    name: String,
    #[command(flatten)]
    when: When,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct When {
    /// On this date, or at this instant
    #[arg(value_name = "DATE", value_parser = date)]
    date: Option<Timestamp>,
    /// The same
    #[arg(long, value_name = "DATE", value_parser = date)]
    at: Option<Timestamp>,
    /// So long from now
    #[arg(long = "in", value_name = "TIME", value_parser = span)]
    after: Option<Duration>,
    /// Not any more
    #[arg(long)]
    never: bool,
}

impl When {
    fn chosen(&self) -> Option<Timestamp> {
        let from_now =
            |span: Duration| SystemClock.now().plus_millis(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
        self.date.or(self.at).or_else(|| self.after.map(from_now))
    }
}

impl Expire {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let date = self.when.chosen();
            session.set_expiry(&self.name, date)?;
            let answer = Record::new().with("Name", self.name.as_str()).with_some("ExpiryDate", date);
            run.out.line(&answer, &["Name", "ExpiryDate"])
        })
    }
}
