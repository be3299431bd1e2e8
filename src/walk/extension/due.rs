//! What wants attention soon: one list of everything about secrets that has a date.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::error::Error;
use crate::ledger::{Look, View};
use crate::model::secret::{Life, SecretRow};
use crate::name::Text;
use crate::operation::secretsmanager::ListSecrets;
use crate::walk::{Caller, Visit};

/// What is due, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueList {
    /// At most 1,000.
    pub items: Vec<DueItem>,
    /// How many more there are, all later than those.
    pub more: usize,
}

/// One thing that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueItem {
    /// When: the date of the expiry, the start of the rotation's window, the begin of a rotation that fails, the end of the
    /// recovery window.
    pub date: Timestamp,
    /// What.
    pub kind: DueKind,
    /// Is it late? An expiry from its date on, a rotation after its window; a rotation that fails always.
    pub overdue: bool,
    /// Name of the secret.
    pub name: Text,
    /// Its ARN.
    pub arn: Text,
}

/// Kinds of things that are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DueKind {
    /// The value stops being of use ([`Session::set_expiry`](crate::Session::set_expiry)).
    Expiry,
    /// A scheduled rotation.
    Rotation,
    /// A rotation has begun, and a step of it has failed; it will be tried again.
    RotationFailed,
    /// The secret is removed, and until then can be restored.
    Deletion,
}
impl DueKind {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expiry => "Expiry",
            Self::Rotation => "Rotation",
            Self::RotationFailed => "RotationFailed",
            Self::Deletion => "Deletion",
        }
    }
}

/// # Errors
/// `AccessDenied` without `secretsmanager:ListSecrets`; `Expired`; `Locked`.
pub(crate) fn due(caller: &Caller, within: Duration) -> Result<DueList, Error> {
    caller.look::<ListSecrets, _>(("strongroom", "Due"), |visit| look(visit, within))
}

fn look(visit: &Visit<'_, View<'_>>, within: Duration) -> Result<DueList, Error> {
    let all = visit.admit(&ListSecrets::new(), visit.look.everything())?;
    let now = visit.observed();
    let until = now.plus_millis(i64::try_from(within.as_millis()).unwrap_or(i64::MAX));
    let mut items = Vec::new();
    for row in visit.look.every_secret(&all)? {
        add(&row, now, until, &mut items);
    }
    items.sort_by(|one, other| (one.date, &one.name, one.kind).cmp(&(other.date, &other.name, other.kind)));
    let more = items.len().saturating_sub(ITEMS_MAX);
    items.truncate(ITEMS_MAX);
    Ok(DueList { items, more })
}

/// Adds what is due about one secret. One that is to be deleted neither expires nor rotates any more.
fn add(row: &SecretRow, now: Timestamp, until: Timestamp, items: &mut Vec<DueItem>) {
    let mut add = |date: Timestamp, kind, overdue| {
        if date <= until {
            items.push(DueItem { date, kind, overdue, name: row.name.clone(), arn: row.arn.clone() });
        }
    };
    match row.life(now) {
        // What behaves as gone is not due any more.
        Life::Gone => return,
        Life::Scheduled(deletion) => return add(deletion.due, DueKind::Deletion, false),
        Life::Live => {}
    }
    if let Some(date) = row.expires {
        add(date, DueKind::Expiry, date <= now);
    }
    let Some(rotation) = &row.rotation else { return };
    if let Some(run) = rotation.run.as_ref().filter(|run| run.failures > 0) {
        add(run.began, DueKind::RotationFailed, true);
    }
    if let Some(window) = rotation.next.filter(|_| rotation.enabled) {
        add(window.start, DueKind::Rotation, window.end < now);
    }
}

/// More than anybody reads, and little enough to hold.
const ITEMS_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    //! Goal: what a row says is due, at which times. Method: rows made by hand; the list as a whole is tested through its call.

    use super::*;
    use crate::model::rotation::{Rotation, Rules, Run, RunKind, Step, Window};

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn row() -> SecretRow {
        SecretRow::new(Text::from("s"), Text::from("arn"), NOW.plus_days(-100))
    }
    fn told(row: &SecretRow, days: i64) -> Vec<(DueKind, i64, bool)> {
        let mut items = Vec::new();
        add(row, NOW, NOW.plus_days(days), &mut items);
        let days_from_now = |date: Timestamp| (date.as_millis() - NOW.as_millis()) / Timestamp::DAY_MS;
        items.iter().map(|item| (item.kind, days_from_now(item.date), item.overdue)).collect()
    }
    fn rotation(start: i64, end: i64) -> Rotation {
        Rotation {
            enabled: true,
            function: Text::from("function"),
            rules: Rules::default(),
            next: Some(Window { start: NOW.plus_days(start), end: NOW.plus_days(end) }),
            run: None,
            failure: None,
        }
    }

    #[test]
    fn an_expiry_is_due_within_the_time_and_overdue_from_its_date_on() {
        let mut row = row();
        row.expires = Some(NOW.plus_days(3));
        assert_eq!(told(&row, 2), []);
        assert_eq!(told(&row, 3), [(DueKind::Expiry, 3, false)]);
        row.expires = Some(NOW);
        assert_eq!(told(&row, 0), [(DueKind::Expiry, 0, true)]);
    }

    #[test]
    fn a_rotation_is_due_from_the_start_of_its_window_and_overdue_after_its_end() {
        let mut row = row();
        row.rotation = Some(Box::new(rotation(1, 2)));
        assert_eq!(told(&row, 0), []);
        assert_eq!(told(&row, 1), [(DueKind::Rotation, 1, false)]);
        row.rotation = Some(Box::new(rotation(-1, 0)));
        assert_eq!(told(&row, 0), [(DueKind::Rotation, -1, false)], "the last moment is in time");
        row.rotation = Some(Box::new(rotation(-2, -1)));
        assert_eq!(told(&row, 0), [(DueKind::Rotation, -2, true)]);
        row.rotation = Some(Box::new(Rotation { enabled: false, ..rotation(-2, -1) }));
        assert_eq!(told(&row, 9), [], "it was cancelled");
    }

    #[test]
    fn a_rotation_that_fails_is_told_and_one_that_runs_is_not() {
        let mut row = row();
        let run = |failures| Run {
            token: Text::from("token"),
            kind: RunKind::Rotate,
            step: Step::SetSecret,
            began: NOW.plus_days(-1),
            failures,
            not_before: NOW,
            rotation_token: [0; 16],
        };
        row.rotation = Some(Box::new(Rotation { next: None, run: Some(run(0)), ..rotation(0, 0) }));
        assert_eq!(told(&row, 9), []);
        row.rotation = Some(Box::new(Rotation { next: None, run: Some(run(2)), ..rotation(0, 0) }));
        assert_eq!(told(&row, 0), [(DueKind::RotationFailed, -1, true)]);
    }

    #[test]
    fn a_secret_that_is_to_be_deleted_is_due_for_that_alone_and_for_nothing_once_it_is_gone() {
        let mut row = row();
        row.expires = Some(NOW);
        row.rotation = Some(Box::new(rotation(-2, -1)));
        row.schedule(NOW, 7);
        assert_eq!(told(&row, 7), [(DueKind::Deletion, 7, false)]);
        assert_eq!(told(&row, 6), []);
        row.schedule(NOW.plus_days(-8), 7);
        assert_eq!(told(&row, 7), []);
    }
}
