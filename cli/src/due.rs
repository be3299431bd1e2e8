//! `strongroom due`.

use std::time::Duration;

use clap::Args;
use strongroom::DueItem;

use crate::failure::Done;
use crate::own::Record;
use crate::pairs::span;
use crate::run::Run;
use crate::terminal::note;

#[derive(Args, Debug)]
#[command(
    after_help = "Kinds: Expiry (of a value, see `expire`), Rotation (its window), RotationFailed, Deletion.\n\nExample:\n  strongroom due --within 14d --output table"
)]
pub struct Due {
    /// How far ahead to look
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "30d")]
    within: Duration,
}

impl Due {
    pub fn run(&self, run: &Run) -> Done {
        self.list(run, |_| true)
    }
    /// Of these kinds alone.
    pub fn list(&self, run: &Run, wanted: impl Fn(&DueItem) -> bool) -> Done {
        run.as_principal(|session| {
            let found = session.due(self.within)?;
            let things = || {
                found.items.iter().filter(|item| wanted(item)).map(|item| {
                    Record::new()
                        .with("Name", item.name.as_str())
                        .with("Kind", item.kind.as_str())
                        .with("Date", item.date)
                        .with("Overdue", item.overdue)
                        .with("ARN", item.arn.as_str())
                })
            };
            if found.more > 0 {
                note(&format!("note: {} more are due later than these", found.more));
            }
            let answer = Record::new()
                .with("DueList", things().collect::<Vec<_>>())
                .with("More", i64::try_from(found.more).unwrap_or(i64::MAX));
            run.out.list(&answer, &things().collect::<Vec<_>>(), &["Name", "Kind", "Date", "Overdue"])
        })
    }
}
