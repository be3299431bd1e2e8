//! What each operation asks of the gate, and what it may do once admitted: one line each.

pub(crate) mod due;
pub(crate) mod extension;
pub(crate) mod iam;
pub(crate) mod kms;
pub(crate) mod replication;
pub(crate) mod rotate_secret;
pub(crate) mod rotation;
pub(crate) mod secretsmanager;
pub(crate) mod sts;
pub(crate) mod through;

use crate::model::key::MANAGED_ALIAS;
use crate::name::Text;
use crate::operation::{ConditionValue, Operation};
use crate::policy::{Key, Value, Values};

/// What the request itself gives a condition key, by the key column of its table.
fn sent<'a, O: Operation>(request: &'a O, key: &Key) -> Values<'a> {
    match request.condition(&key.text) {
        None => Values::Absent,
        Some(ConditionValue::Text(text)) => Values::One(Value::Text(text)),
        Some(ConditionValue::Bool(value)) => Values::One(Value::Bool(value)),
        Some(ConditionValue::Number(value)) => Values::One(Value::Number(value)),
        Some(ConditionValue::List(list)) => Values::ManyText(list),
    }
}

/// The key under which a request puts a secret, if it says so; the empty name means the managed key.
fn key_to_seal_under(sent: Option<&Text>) -> Option<&str> {
    sent.map(|sent| if sent.is_empty() { MANAGED_ALIAS } else { sent.as_str() })
}

/// An act that an operation's request is by itself: `acts! { GetSecretValue on SecretLook, ACTION; named secret_id; … }`.
macro_rules! act {
    ($request:ty, $action:ident on $on:ty
        $(, as sent $named:ident)? $(, nothing $nothing:ident)? $(, sealed under $kms_key:ident)? $(, replicas $on_replica:ident)?
        $(, reaches $($key:ty)+)? $(, writes $($row:ty)+)? $(, scans $($scanned:ty)+)?) => {
        impl $crate::access::Act for $request {
            type On = $on;
            const ACTION: $crate::action::Action = $crate::action::Action::$action;
            $(const ON_REPLICA: bool = {
                let _ = stringify!($on_replica);
                true
            };)?
            fn values<'a>(&'a self, _on: &'a Self::On, key: &$crate::policy::Key, _plain: bool) -> $crate::policy::Values<'a> {
                $crate::access::acts::sent(self, key)
            }
            $(fn named(&self) -> $crate::access::pass::Named<'_> {
                $crate::access::pass::Named::AsSent(&self.$named)
            })?
            $(fn named(&self) -> $crate::access::pass::Named<'_> {
                let _ = stringify!($nothing);
                $crate::access::pass::Named::Nothing
            })?
            $(fn kms_key(&self) -> Option<&str> {
                $crate::access::acts::key_to_seal_under(self.$kms_key.as_ref())
            })?
        }
        $crate::access::acts::may!($request $(, reaches $($key)+)? $(, writes $($row)+)? $(, scans $($scanned)+)?);
    };
}
use act;

/// The matrix: what an act may reach, write and scan.
macro_rules! may {
    ($act:ty $(, reaches $($key:ty)+)? $(, writes $($row:ty)+)? $(, scans $($scanned:ty)+)?) => {
        $($(impl $crate::access::Reaches<$key> for $act {})+)?
        $($(impl $crate::access::Writes<$row> for $act {})+)?
        $($(impl $crate::access::Scans<$scanned> for $act {})+)?
    };
}
use may;
