//! Acts, what each may do once admitted, and what a decision leaves in the hand.

use std::marker::PhantomData;

use strongroom_keystore::{EncryptionContext, Use};

use super::entry::SecretLook;
use super::facts::Row;
use crate::action::Action;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::name::Text;
use crate::policy::{Key, Values};

/// One operation on one kind of row: what is asked for it, and what it knows of its request.
pub(crate) trait Act {
    /// What it is weighed on.
    type On: Row;
    /// The action of its one question, or of the first of several.
    const ACTION: Action;
    /// May it change a replica where the replica is? All else is changed with its primary.
    const ON_REPLICA: bool = false;
    /// Further actions that the same call needs; all must pass, the first refusal is the answer.
    fn also(&self, _ask: &mut dyn FnMut(Action)) {}
    /// Condition keys that the request fills, or that follow from request and row together.
    fn values<'a>(&'a self, _on: &'a Self::On, _key: &Key, _plain: bool) -> Values<'a> {
        Values::Absent
    }
    /// The KMS key that the request names for a secret: its ARN fills `secretsmanager:KmsKeyArn`.
    fn kms_key(&self) -> Option<&str> {
        None
    }
    /// The resource as the caller named it, for the text of a denial; `None`: leave it out.
    fn named(&self) -> Named<'_> {
        Named::Resource
    }
}
/// How a denial names the resource.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named<'a> {
    /// As the request had it.
    AsSent(&'a str),
    /// By the ARN that was weighed.
    Resource,
    /// Not at all: the action has no resource.
    Nothing,
}

/// The use of a key: by itself, or on a caller's behalf through a secret.
pub(crate) trait KeyAct {
    /// What the permit lets the keystore do.
    type Use: Use;
    const ACTION: Action;
    /// Needs the material that sealed the version, not the current one.
    const SEALED: bool;
}
/// An act that, once admitted, may go on to use a key for `K`.
pub(crate) trait Reaches<K: KeyAct>: Act {}
/// An act that, once admitted, may save rows of kind `R`.
pub(crate) trait Writes<R>: Act {}
/// An act that, once admitted, may read every row of kind `R`.
pub(crate) trait Scans<R>: Act {}
/// Work without a caller: the row itself, written by an admitted call and authenticated, is the leave.
pub(crate) trait Due: Act {
    fn is_due(row: &Self::On, observed: Timestamp) -> bool;
}

/// An act on a secret that, once admitted, is let to the secret's kin in other regions: its primary, its replicas.
pub(crate) trait ReachesKin: Act<On = SecretLook> {}

/// What a caller may do with a thing because it holds it.
pub(crate) trait Holds: Act {
    fn is_of(row: &Self::On, caller: &str) -> bool;
}

/// What gave the leave.
#[derive(Clone, Debug)]
pub(crate) enum Ground {
    Policy,
    /// The grant's id.
    Grant(Text),
    /// The row was due.
    Due,
    /// The row says that the caller holds it.
    Held,
    /// The row of its primary, or of a replica, says that it belongs to it.
    Kin,
}

/// One act, admitted, on one resource of one view.
#[derive(Debug)]
pub(crate) struct Pass<'v, A: Act, R> {
    pub(super) resource: Text,
    pub(super) row: R,
    pub(super) ground: Ground,
    pub(super) view: PhantomData<Bound<'v, A>>,
}
/// What binds a pass to its view and its act.
type Bound<'v, A> = (&'v (), fn(A));
/// Stands where a row is not there yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct New;

impl<A: Act, R> Pass<'_, A, R> {
    pub(crate) fn row(&self) -> &R {
        &self.row
    }
    /// The ARN that was weighed.
    pub(crate) fn resource(&self) -> &Text {
        &self.resource
    }
    pub(crate) fn ground(&self) -> &Ground {
        &self.ground
    }
    /// The encryption context of a version of this secret: never passed in, always taken from what was weighed.
    pub(crate) fn version_context<'p>(&'p self, version_id: &'p str) -> EncryptionContext<'p> {
        EncryptionContext::of_version(&self.resource, version_id)
    }
}
impl<'v, A: Act, R> Pass<'v, A, Option<R>> {
    /// Goes on with what is there.
    pub(crate) fn found(self, missing: impl FnOnce() -> Error) -> Result<Pass<'v, A, R>, Error> {
        match self.row {
            Some(row) => Ok(Pass { resource: self.resource, row, ground: self.ground, view: PhantomData }),
            None => Err(missing()),
        }
    }
    /// Goes on because nothing is there.
    pub(crate) fn absent(self, taken: impl FnOnce(R) -> Error) -> Result<Pass<'v, A, New>, Error> {
        match self.row {
            None => Ok(Pass { resource: self.resource, row: New, ground: self.ground, view: PhantomData }),
            Some(row) => Err(taken(row)),
        }
    }
}
