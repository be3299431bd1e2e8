//! `strongroom key rotation`.

use clap::Subcommand;
use strongroom::operation::kms::{
    DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus, ListKeyRotations, ListKeyRotationsResponse,
    RotateKeyOnDemand,
};

use crate::failure::Done;
use crate::pages;
use crate::run::Run;

#[derive(Subcommand, Debug)]
#[command(after_help = "Example:\n  strongroom key rotation enable KEY --days 90 && strongroom key rotation now KEY")]
pub enum Rotation {
    /// Let it rotate by itself, or change how often
    Enable {
        /// Id or ARN
        key: String,
        /// Days from one rotation to the next: 90 to 2560; 365 without it
        #[arg(long, value_name = "DAYS")]
        days: Option<i64>,
    },
    /// Let it rotate by itself no more
    Disable {
        /// Id or ARN
        key: String,
    },
    /// Show whether it rotates by itself, and when next
    Status {
        /// Id or ARN
        key: String,
    },
    /// Rotate it now; what was encrypted before still opens. 25 times at most
    Now {
        /// Id or ARN
        key: String,
    },
    /// List its materials, oldest first: those that it rotated to
    List {
        /// Id or ARN
        key: String,
        /// The first material too, and one that waits for a rotation
        #[arg(long)]
        all: bool,
    },
}

impl Rotation {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| match self {
            Self::Enable { key, days } => {
                let mut request = EnableKeyRotation::new(key);
                request.rotation_period_in_days = *days;
                run.out.nothing(&session.kms().enable_key_rotation(request)?)
            }
            Self::Disable { key } => {
                run.out.nothing(&session.kms().disable_key_rotation(DisableKeyRotation::new(key))?)
            }
            Self::Status { key } => {
                let answer = session.kms().get_key_rotation_status(GetKeyRotationStatus::new(key))?;
                run.out.thing(&answer, "KeyRotationEnabled")
            }
            Self::Now { key } => {
                let answer = session.kms().rotate_key_on_demand(RotateKeyOnDemand::new(key))?;
                run.out.line(&answer, &["KeyId"])
            }
            Self::List { key, all } => {
                let rows = pages::every(|marker| {
                    let mut request = ListKeyRotations::new(key);
                    request.include_key_material = all.then(|| "ALL_KEY_MATERIAL".into());
                    request.marker = marker;
                    let page = session.kms().list_key_rotations(request)?;
                    Ok((page.rotations, page.next_marker))
                })?;
                let answer = ListKeyRotationsResponse::new(rows, false);
                let members = ["KeyMaterialId", "KeyMaterialState", "RotationType", "RotationDate", "ImportState"];
                run.out.list(&answer, &answer.rotations, &members)
            }
        })
    }
}
