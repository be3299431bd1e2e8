//! How a secret rotates: its function, its rules, and the run under way.

use serde::{Deserialize, Serialize};

use super::replication::Replication;
use super::schedule::Schedule;
use super::secret::{Life, SecretRow};
use super::version::{CURRENT, PENDING, VersionRow};
use crate::clock::Timestamp;
use crate::error::{Error, secretsmanager as texts};
use crate::name::Text;

/// The rotation of a secret, once it was configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rotation {
    /// CancelRotateSecret switches it off and keeps the rest.
    pub enabled: bool,
    /// ARN of the rotation function.
    pub function: Text,
    pub rules: Rules,
    /// Start of the window in which the next scheduled rotation runs; `None`: none is scheduled.
    pub next: Option<Window>,
    /// A rotation that has begun and is not over.
    pub run: Option<Run>,
    /// What the last try failed of, until one succeeds: the step and the function's own words.
    pub failure: Option<Text>,
}

/// When a secret rotates, as the request put it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rules {
    /// 1 to 1000; of a schedule expression, what a successful rotation worked out of it.
    pub automatically_after_days: Option<i64>,
    /// `Nh`
    pub duration: Option<Text>,
    /// `rate(…)` or `cron(…)`
    pub schedule_expression: Option<Text>,
}

/// When a rotation may run: at its start or later, and at the latest at its end, which is what NextRotationDate shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// A rotation under way. Its version is the one with the id [`token`](Self::token).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// `ClientRequestToken` of the request that began it, and the id of the version that it makes.
    pub token: Text,
    pub kind: RunKind,
    /// The step to be called next.
    pub step: Step,
    pub began: Timestamp,
    /// Failures of this run so far.
    pub failures: u32,
    /// Not called again before.
    pub not_before: Timestamp,
    /// What the function shows when it stores a value under an assumed role: a UUID.
    pub rotation_token: [u8; 16],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RunKind {
    /// All four steps.
    Rotate,
    /// testSecret alone, on a temporary copy of the current value: `RotateImmediately: false`.
    Test,
}

/// The steps of a rotation, in their order.
#[expect(clippy::enum_variant_names, reason = "the names of AWS")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Step {
    CreateSecret,
    SetSecret,
    TestSecret,
    FinishSecret,
}

impl Step {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::CreateSecret => "createSecret",
            Self::SetSecret => "setSecret",
            Self::TestSecret => "testSecret",
            Self::FinishSecret => "finishSecret",
        }
    }
    fn next(self) -> Option<Self> {
        match self {
            Self::CreateSecret => Some(Self::SetSecret),
            Self::SetSecret => Some(Self::TestSecret),
            Self::TestSecret => Some(Self::FinishSecret),
            Self::FinishSecret => None,
        }
    }
}

impl Run {
    /// A run that is due at once.
    pub(crate) fn new(token: Text, kind: RunKind, rotation_token: [u8; 16], now: Timestamp) -> Self {
        let step = match kind {
            RunKind::Rotate => Step::CreateSecret,
            RunKind::Test => Step::TestSecret,
        };
        Self { token, kind, step, began: now, failures: 0, not_before: now, rotation_token }
    }
    /// The rotation token as functions see it.
    pub(crate) fn shown_token(&self) -> String {
        uuid::Uuid::from_bytes(self.rotation_token).hyphenated().to_string()
    }
    /// Is it still this very try? Cancelled, replaced or tried by somebody else it is another.
    pub(crate) fn is_still(&self, other: &Self) -> bool {
        (&self.token, self.kind, self.step, self.began, self.failures)
            == (&other.token, other.kind, other.step, other.began, other.failures)
    }
}

impl Rotation {
    fn schedule(&self) -> Option<Schedule> {
        // Checked when they were stored.
        Schedule::read(&self.rules).ok().flatten()
    }
    /// The run, if this is the version that it makes.
    fn run_of(&self, version_id: &str) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.token == version_id)
    }
    fn plan_next(&mut self, last: Timestamp, now: Timestamp) {
        self.next = self.schedule().and_then(|schedule| schedule.next(last, self.next, now));
    }
}

/// What a step has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There is a next one.
    Goes,
    /// All are done.
    Done,
}

impl SecretRow {
    /// Has its rotation something to do now: a run whose time has come, or a window that has opened? Windows that were missed
    /// are made up for once.
    pub(crate) fn is_rotation_due(&self, observed: Timestamp) -> bool {
        let Some(rotation) = self.rotation.as_deref().filter(|rotation| rotation.enabled) else { return false };
        if self.life(observed) != Life::Live || self.is_replica() {
            return false;
        }
        match &rotation.run {
            Some(run) => run.not_before <= observed,
            None => rotation.next.is_some_and(|window| window.start <= observed),
        }
    }
    /// A replica takes part in the rotations of its primary, and has none of its own.
    pub(crate) fn is_replica(&self) -> bool {
        matches!(self.replication.as_deref(), Some(Replication::ReplicaOf(_)))
    }
    /// The rotation under way.
    pub(crate) fn run(&self) -> Option<&Run> {
        self.rotation.as_deref()?.run.as_ref()
    }
    /// The version that is being made: with `AWSPENDING`, and not the current one.
    pub(crate) fn being_made(&self) -> Option<&VersionRow> {
        self.holder(PENDING).filter(|version| !version.carries(CURRENT))
    }
    /// Is that version no more than a stand-in for the current one, while a configuration is tested?
    pub(crate) fn is_stand_in(&self, version: &VersionRow) -> bool {
        version.value.is_none()
            && self
                .rotation
                .as_deref()
                .and_then(|rotation| rotation.run_of(&version.id))
                .is_some_and(|run| run.kind == RunKind::Test)
    }
    /// Sets function and rules, and switches rotation on. `rotates` says that a rotation begins now.
    pub(crate) fn configure_rotation(&mut self, function: Text, rules: Option<Rules>, rotates: bool, now: Timestamp) {
        let changed = self.holder(CURRENT).map(|current| current.created).max(self.last_rotated).filter(|_| !rotates);
        let rotation = self.rotation.get_or_insert_with(|| {
            Box::new(Rotation {
                enabled: true,
                function: Text::default(),
                rules: Rules::default(),
                next: None,
                run: None,
                failure: None,
            })
        });
        rotation.enabled = true;
        rotation.function = function;
        if let Some(rules) = rules {
            rotation.rules = rules;
            rotation.next = None;
        }
        rotation.plan_next(changed.unwrap_or(now), now);
    }
    /// Begins a run: its version, with `AWSPENDING` and without a value, unless it is there already.
    /// # Errors
    /// `LimitExceeded`: labels or versions.
    pub(crate) fn begin_run(&mut self, run: Run, versions_max: usize) -> Result<(), Error> {
        self.drop_run();
        self.pend_version(&run.token, run.began, versions_max)?;
        if let Some(rotation) = self.rotation.as_deref_mut() {
            rotation.run = Some(run);
        }
        Ok(())
    }
    /// The step that was called has succeeded.
    pub(crate) fn step_done(&mut self, now: Timestamp) -> Result<Progress, Error> {
        let Some(rotation) = self.rotation.as_deref_mut() else { return Ok(Progress::Done) };
        let Some(run) = rotation.run.as_mut() else { return Ok(Progress::Done) };
        if run.kind == RunKind::Test {
            rotation.failure = None;
            self.drop_run();
            return Ok(Progress::Done);
        }
        if let Some(next) = run.step.next() {
            run.step = next;
            return Ok(Progress::Goes);
        }
        let token = run.token.clone();
        if !self.version(&token).is_some_and(|version| version.carries(CURRENT)) {
            return Err(texts::not_made_current(&token));
        }
        self.unpend();
        self.last_rotated = Some(now);
        self.last_changed = now;
        if let Some(rotation) = self.rotation.as_deref_mut() {
            rotation.run = None;
            rotation.failure = None;
            rotation.plan_next(now, now);
            if rotation.rules.schedule_expression.is_some() {
                let days = rotation.next.map(|window| days_between(now, window.start).max(1));
                rotation.rules.automatically_after_days = days;
            }
        }
        Ok(Progress::Done)
    }
    /// The step that was called has failed. A rotation is tried again from its first step, with the same token; a test is not.
    pub(crate) fn step_failed(&mut self, why: Text, now: Timestamp) {
        let Some(rotation) = self.rotation.as_deref_mut() else { return };
        rotation.failure = Some(why);
        let Some(run) = rotation.run.as_mut() else { return };
        if run.kind == RunKind::Test {
            self.drop_run();
            return;
        }
        run.step = Step::CreateSecret;
        run.failures = run.failures.saturating_add(1);
        run.not_before = now.plus_millis(pause_millis(run.failures));
    }
    /// A scheduled rotation could not even begin: it is left out.
    pub(crate) fn skip_window(&mut self, why: Text, now: Timestamp) {
        if let Some(rotation) = self.rotation.as_deref_mut() {
            rotation.failure = Some(why);
            rotation.plan_next(now, now);
        }
    }
    /// Ends a run as it stands: labels stay. A stand-in goes.
    pub(crate) fn drop_run(&mut self) {
        let Some(run) = self.rotation.as_deref_mut().and_then(|rotation| rotation.run.take()) else { return };
        if run.kind == RunKind::Test {
            self.versions.retain(|version| version.id != run.token || version.value.is_some());
        }
    }
    /// Ends a run whose version has lost `AWSPENDING` without having become the current one: somebody has settled it by hand.
    pub(crate) fn forget_lost_run(&mut self) {
        let Some(run) = self.run() else { return };
        let goes_on = |version: &VersionRow| version.carries(PENDING) || version.carries(CURRENT);
        if !self.version(&run.token).is_some_and(goes_on) {
            self.drop_run();
        }
    }
    /// A value was stored, in the version of that id. A new current one that no rotation made settles a rotation under way, and
    /// counts as one for the reckoning of days.
    pub(crate) fn value_stored(&mut self, version_id: &str, now: Timestamp) {
        if self.version(version_id).is_some_and(|version| version.carries(CURRENT)) {
            let made_by_hand = |run: &Run| run.kind == RunKind::Rotate && run.token != version_id;
            if self.run().is_some_and(made_by_hand) && self.being_made().is_some() {
                self.unpend();
            }
            if let Some(rotation) = self.rotation.as_deref_mut().filter(|rotation| rotation.enabled)
                && rotation.schedule().is_some_and(|schedule| schedule.counts_from_last())
            {
                rotation.plan_next(now, now);
            }
        }
        self.forget_lost_run();
    }
}

fn days_between(from: Timestamp, to: Timestamp) -> i64 {
    to.day_start().as_millis().saturating_sub(from.day_start().as_millis()) / Timestamp::DAY_MS
}

/// How long a rotation waits after so many failures: 1, 2, 4, … minutes, at most an hour. AWS says no more than that it tries
/// again.
fn pause_millis(failures: u32) -> i64 {
    let doubled = 1_i64.checked_shl(failures.saturating_sub(1)).unwrap_or(i64::MAX);
    doubled.clamp(1, PAUSE_MAX_MINUTES).saturating_mul(60_000)
}

const PAUSE_MAX_MINUTES: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_between_tries_doubles_up_to_an_hour() {
        let minutes: Vec<i64> = (1..=9).map(|failures| pause_millis(failures) / 60_000).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(pause_millis(u32::MAX), 3_600_000);
    }
}
