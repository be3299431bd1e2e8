//! How a secret rotates: its function, its rules, and the run under way.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
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
    /// Failures of this step so far.
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
