//! Keys used on a caller's behalf, through a secret.

use strongroom_keystore as keystore;

use crate::access::KeyAct;
use crate::action::Action;

macro_rules! through {
    ($( $(#[$doc:meta])* $name:ident: $use:ident, $action:ident, sealed $sealed:literal; )*) => {
        $( $(#[$doc])* #[derive(Clone, Copy, Debug)] pub(crate) struct $name;
           impl KeyAct for $name {
               type Use = keystore::$use;
               const ACTION: Action = Action::$action;
               const SEALED: bool = $sealed;
           } )*
    };
}
through! {
    /// Opens a version's value for the caller.
    Decrypt: Open, KMS_DECRYPT, sealed true;
    /// Compares a version's value with one that the caller brought; it never comes out.
    Compare: Compare, KMS_DECRYPT, sealed true;
    /// Seals a new version.
    GenerateDataKey: Seal, KMS_GENERATE_DATA_KEY, sealed false;
    /// Takes a version from under its old key …
    MoveOut: MoveOut, KMS_DECRYPT, sealed true;
    /// … to under its new one.
    MoveIn: MoveIn, KMS_ENCRYPT, sealed false;
    /// Checks that the caller could seal under a key; opens nothing.
    ValidateSeal: Probe, KMS_GENERATE_DATA_KEY, sealed false;
    /// Checks that the caller could open what is sealed under a key; opens nothing.
    ValidateOpen: Probe, KMS_DECRYPT, sealed false;
}
/// Makes the first material of a key. Not a use of a key that is there: it is weighed with the act that creates the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Make;
impl KeyAct for Make {
    type Use = keystore::Make;
    const ACTION: Action = Action::KMS_CREATE_KEY;
    const SEALED: bool = false;
}
