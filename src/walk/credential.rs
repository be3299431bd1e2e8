//! From a checked signature, or a token of this store's own making, to whom it is.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strongroom_keystore::Signature;

use crate::access::{Scope, Tie, Who};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::ledger::Principals as _;
use crate::model::Tag;
use crate::model::credential::LastUsed;
use crate::model::principal::PrincipalKind as RowKind;
use crate::name::Text;
use crate::policy::{Policy, PolicyKind, PolicySet, PrincipalKind, Source, SourceKind};
use crate::principal::Signed;
use crate::walk::Room;

/// What a session token says, sealed by the keystore. Short names: it goes with every request.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    #[serde(rename = "c", with = "scope")]
    pub scope: Scope,
    #[serde(rename = "k", with = "kind")]
    pub kind: PrincipalKind,
    /// The user or role, in lower case; empty for root.
    #[serde(rename = "n")]
    pub name: Text,
    /// Its unique id.
    #[serde(rename = "i")]
    pub id: Text,
    /// Name of the session, of those that have one.
    #[serde(rename = "s")]
    pub session: Text,
    #[serde(rename = "b")]
    pub issued: Timestamp,
    #[serde(rename = "e")]
    pub expires: Timestamp,
    #[serde(rename = "p")]
    pub policies: Option<Text>,
    #[serde(rename = "a")]
    pub policy_arns: Vec<Text>,
    #[serde(rename = "t")]
    pub tags: Vec<Tag>,
    #[serde(rename = "x")]
    pub transitive: Vec<Text>,
    #[serde(rename = "o")]
    pub source_identity: Option<Text>,
    #[serde(rename = "m")]
    pub mfa: Option<Timestamp>,
    #[serde(rename = "r", with = "rests")]
    pub ties: Vec<Tie>,
}

impl Claims {
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(|_| error::damaged())
    }
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Who brings a session token that this store made. Whether the session still stands is weighed at each call.
///
/// # Errors
/// `Unauthenticated`: no such token. `Expired`.
pub(crate) fn of_token(room: &Room, token: &str) -> Result<Who, Error> {
    let claims = room.keystore.claims(token).ok_or_else(error::iam::unknown_credentials)?;
    who(room, &claims)
}

/// Who signed a request.
///
/// # Errors
/// `Unauthenticated`: an unknown or inactive access key, another signature, another scope, too long ago. `Expired`.
pub(crate) fn authenticate(room: &Room, signed: &Signed<'_>) -> Result<Who, Error> {
    let now = room.observed();
    check_scope(signed, now)?;
    let signature = Signature {
        key_id: signed.access_key_id,
        date: signed.date,
        region: signed.region,
        service: signed.service,
        string_to_sign: signed.string_to_sign.as_bytes(),
        signature: signed.signature,
    };
    let who = if let Some(token) = signed.session_token {
        let claims = room.keystore.signed_with_session(token, &signature);
        // A token that opens, with another signature, is told apart; one that does not open is nobody's.
        match claims {
            Some(claims) => who(room, &claims)?,
            None if room.keystore.claims(token).is_some() => return Err(error::iam::wrong_signature()),
            None => return Err(error::iam::unknown_credentials()),
        }
    } else {
        let view = room.ledger.view()?;
        let key = view.access_key(signed.access_key_id)?;
        let genuine = room.keystore.signed_with_key(key.as_ref().map(|key| key.sealed.as_slice()), &signature);
        let Some(key) = key.filter(|key| key.active) else { return Err(error::iam::unknown_credentials()) };
        if !genuine {
            return Err(error::iam::wrong_signature());
        }
        let mut who = view
            .vouched(RowKind::User, &key.user.name, |row| Who::user(room.ledger.home(), row))?
            .filter(|who| who.principal_id.as_ref() == Some(&key.user.id))
            .ok_or_else(error::iam::unknown_credentials)?;
        let used = LastUsed::new(now, signed.service, signed.region);
        room.ledger.accesses().note_use(&key.id, key.last_used.as_ref(), used);
        who.ties.push(Tie::AccessKey(key.id));
        who
    };
    Ok(who)
}

/// The string to sign must say what the request's own header says, and be of now.
fn check_scope(signed: &Signed<'_>, now: Timestamp) -> Result<(), Error> {
    let mut lines = signed.string_to_sign.split('\n');
    let (Some("AWS4-HMAC-SHA256"), Some(time), Some(scope)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(error::iam::scope_differs());
    };
    let said = format!("{}/{}/{}/aws4_request", signed.date, signed.region, signed.service);
    let at = Timestamp::from_basic_format(time).filter(|_| time.starts_with(signed.date));
    let Some(at) = at.filter(|_| scope == said) else { return Err(error::iam::scope_differs()) };
    if at.as_secs().abs_diff(now.as_secs()) > CLOCK_WINDOW_SECS {
        return Err(error::iam::stale_signature(at, now));
    }
    Ok(())
}

/// # Errors
/// `Expired`: its time is over, or its principal is gone. `Unauthenticated`: claims of another release.
fn who(room: &Room, claims: &[u8]) -> Result<Who, Error> {
    let claims = Claims::from_bytes(claims).ok_or_else(error::iam::unknown_credentials)?;
    if claims.expires <= room.observed() {
        return Err(error::iam::expired_token());
    }
    let home = room.ledger.home();
    let view = room.ledger.view()?;
    let named = |kind, who: &dyn Fn(&crate::model::principal::PrincipalRow) -> Who| {
        let found = view.vouched(kind, &claims.name, |row| who(row))?;
        found.filter(|who| who.principal_id.as_ref() == Some(&claims.id)).ok_or_else(error::iam::expired_token)
    };
    let mut who = match claims.kind {
        PrincipalKind::RoleSession => {
            named(RowKind::Role, &|row| Who::role(home, row, &claims.session, claims.issued, None))?
        }
        PrincipalKind::FederatedUser if claims.id.is_empty() => {
            // Of root's session the session policies are the only limit.
            let mut who = Who::federated(home, None, &claims.session, claims.issued);
            who.vouched = Some(compiled(ALL, "root")?);
            who
        }
        PrincipalKind::FederatedUser => {
            named(RowKind::User, &|row| Who::federated(home, Some(row), &claims.session, claims.issued))?
        }
        PrincipalKind::User => named(RowKind::User, &|row| Who::user(home, row))?,
        PrincipalKind::Root => Who::root(home),
        PrincipalKind::Service | PrincipalKind::Anonymous => return Err(error::iam::unknown_credentials()),
    };
    if let Some(text) = &claims.policies {
        who.session_policies = Some(compiled(text, "session-1")?);
    }
    who.session_policy_arns = claims.policy_arns;
    who.tags = claims.tags;
    who.transitive = claims.transitive;
    who.source_identity = claims.source_identity;
    who.mfa = claims.mfa;
    who.ties = claims.ties;
    who.scope = claims.scope;
    who.issued = Some(claims.issued);
    who.expires = Some(claims.expires);
    // It may have fallen between its making and now.
    view.standing(&who, &room.none).map_err(|_| error::iam::expired_token())?;
    Ok(who)
}

fn compiled(text: &str, id: &str) -> Result<PolicySet, Error> {
    let policy = Policy::load(text, PolicyKind::Identity).map_err(|_| error::iam::unknown_credentials())?;
    Ok(PolicySet::new([(Source { id: Text::from(id), kind: SourceKind::None }, Arc::new(policy))]))
}

const ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
/// Seconds that a signature may be off, either way (IAM user guide).
const CLOCK_WINDOW_SECS: u64 = 15 * 60;

/// How a tie is written: a letter, then its parts.
mod rests {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::access::Tie;
    use crate::clock::Timestamp;
    use crate::model::principal::PrincipalKind;
    use crate::name::Text;

    #[derive(Serialize, Deserialize)]
    enum Rest {
        #[serde(rename = "p")]
        Principal(PrincipalKind, Text, Text),
        #[serde(rename = "k")]
        AccessKey(Text),
        #[serde(rename = "d")]
        Device(Text, Text, Timestamp),
    }

    pub(super) fn serialize<S: Serializer>(ties: &[Tie], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ties.iter().cloned().map(|tie| match tie {
            Tie::Principal { kind, name, id } => Rest::Principal(kind, name, id),
            Tie::AccessKey(id) => Rest::AccessKey(id),
            Tie::Device { serial, user_id, since } => Rest::Device(serial, user_id, since),
        }))
    }
    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<Tie>, D::Error> {
        let rests = Vec::<Rest>::deserialize(from)?;
        Ok(rests
            .into_iter()
            .map(|rest| match rest {
                Rest::Principal(kind, name, id) => Tie::Principal { kind, name, id },
                Rest::AccessKey(id) => Tie::AccessKey(id),
                Rest::Device(serial, user_id, since) => Tie::Device { serial, user_id, since },
            })
            .collect())
    }
}

macro_rules! by_letter {
    ($module:ident $type:ty { $($variant:ident = $letter:literal)* }) => {
        mod $module {
            use serde::{Deserialize, Deserializer, Serializer, de::Error};

            use super::*;

            pub(super) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                match value {
                    $(<$type>::$variant => to.serialize_char($letter),)*
                    #[allow(unreachable_patterns, reason = "some variants are in no token")]
                    _ => Err(serde::ser::Error::custom("in no token")),
                }
            }
            pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<$type, D::Error> {
                match char::deserialize(from)? {
                    $($letter => Ok(<$type>::$variant),)*
                    _ => Err(D::Error::custom("unknown letter")),
                }
            }
        }
    };
}
by_letter! { scope Scope { Any = 'a' SessionToken = 's' Federated = 'f' } }
by_letter! { kind PrincipalKind { User = 'u' RoleSession = 'r' FederatedUser = 'f' Root = 'o' } }
