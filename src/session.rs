//! One principal's hands. A session cannot become another principal, and never asks the ledger for anything by itself: it
//! sends requests on their walks.

mod any;

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::access::Who;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::operation::Operation;
use crate::operation::secretsmanager::{GetSecretValue, PutSecretValue, PutSecretValueResponse};
use crate::walk::extension::due::{self, DueList};
use crate::walk::extension::expected::{Expected, PutIf};
use crate::walk::extension::expiry::SetExpiry;
use crate::walk::extension::watch::Watch;
use crate::walk::{Caller, Room, Walk};

mod transaction;

pub use transaction::Transaction;

/// One principal's hands: clone it and send it where the work is done. Each call reads the principal's rights anew, so a
/// policy that was changed, or a principal that was deleted, binds the next call of every session.
///
/// The host program vouches for the principal ([`Strongroom::session`](crate::Strongroom::session)); within one process a
/// session is a capability, not a wall: code that can read this process's memory can read what it reads.
#[derive(Clone)]
pub struct Session {
    caller: Caller,
}

impl Session {
    pub(crate) fn of(room: Arc<Room>, who: Who) -> Self {
        Self { caller: Caller { room, who: Arc::new(who), abroad: None } }
    }
    /// The same principal in another region of the store: it has secrets, keys and aliases of its own, and every ARN says so. A
    /// region needs no making; IAM and STS have none, and answer alike in all.
    ///
    /// # Errors
    /// `InvalidRequest` for what is no region: one or more words of lower-case letters, each with a hyphen, and a number, at most
    /// 128 characters.
    pub fn in_region(&self, region: &str) -> Result<Self, Error> {
        let own = self.caller.room.ledger.home();
        let abroad = if own.region == *region { None } else { Some(Arc::new(own.abroad(region)?)) };
        let Caller { room, who, .. } = &self.caller;
        Ok(Self { caller: Caller { room: Arc::clone(room), who: Arc::clone(who), abroad } })
    }
    /// The region that this session addresses.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.caller.home().region
    }
    /// As the walks hand a caller to a rotation function.
    pub(crate) fn acting(caller: Caller) -> Self {
        Self { caller }
    }
    /// Sends any operation of any service on its walk.
    ///
    /// # Errors
    /// In order of checking: `Locked`; `InvalidRequest` for members against the model of the operation; `Expired` when the
    /// principal is gone or its time is over; `AccessDenied`; then the operation's own.
    #[expect(private_bounds, reason = "what a walk does is the crate's own affair; every `Operation` has one")]
    pub fn call<O: Walk>(&self, mut request: O) -> Result<O::Response, Error> {
        self.caller.token_for(request.client_token())?;
        request.run(&self.caller)
    }
    /// As [`call`](Self::call), for a thread that serves many and must not wait for the disk: in strict mode
    /// ([`ReadAudit`](crate::audit::ReadAudit)) the answer to a call that only reads is held until its record is durable. A call
    /// that writes waits here.
    #[expect(private_bounds, reason = "as `call`")]
    pub fn hold<O: Walk>(&self, mut request: O) -> crate::Held<O::Response> {
        match self.caller.token_for(request.client_token()) {
            Ok(()) => request.hold(&self.caller),
            Err(failed) => crate::Held::paid(Err(failed)),
        }
    }
    /// A session of a role that trusts this principal: sends AssumeRole, and is whom its credentials are for. It can do what
    /// the role may do, cut to the request's session policies; it ends with its time, with the role, and with the principal
    /// that asked for it.
    ///
    /// # Errors
    /// As [`call`](Self::call); those of [`AssumeRole`](crate::operation::sts::AssumeRole).
    pub fn assume_role(&self, request: crate::operation::sts::AssumeRole) -> Result<Self, Error> {
        let answer = self.call(request)?;
        let credentials = answer.credentials.as_ref().ok_or_else(crate::error::damaged)?;
        let room = &self.caller.room;
        let who = Arc::new(crate::walk::credential::of_token(room, credentials.session_token.expose())?);
        Ok(Self { caller: Caller { room: Arc::clone(room), who, abroad: self.caller.abroad.clone() } })
    }
    /// The ARN by which policies know this principal.
    #[must_use]
    pub fn principal_arn(&self) -> &str {
        &self.caller.who.arn
    }
    /// The operations of KMS.
    #[must_use]
    pub fn kms(&self) -> Kms<'_> {
        Kms(self)
    }
    /// The operations of IAM.
    #[must_use]
    pub fn iam(&self) -> Iam<'_> {
        Iam(self)
    }
    /// The operations of STS.
    #[must_use]
    pub fn sts(&self) -> Sts<'_> {
        Sts(self)
    }

    /// Why a principal would be allowed or refused something: decided by the same evaluator on the same view.
    ///
    /// # Errors
    /// `AccessDenied` without `iam:GetAccountAuthorizationDetails` or `iam:SimulatePrincipalPolicy` on the principal
    /// (`iam:SimulateCustomPolicy` for root and callers of other accounts), and without the right to read the policy of the
    /// resource and, if a grant decides, its grants; `NotFound`; `InvalidRequest`.
    pub fn explain(&self, question: &crate::Question) -> Result<crate::Answer, Error> {
        crate::walk::extension::explain::explain(&self.caller, question)
    }
    /// What depends on a KMS key, named by id, ARN or alias: told before it is disabled or deleted.
    ///
    /// # Errors
    /// `AccessDenied` without `kms:DescribeKey` and `kms:ListGrants` on the key; `NotFound`; `InvalidRequest`. Secrets that the
    /// caller may not describe are only counted.
    pub fn key_dependents(&self, key: &str) -> Result<crate::KeyDependents, Error> {
        crate::walk::extension::dependents::dependents(&self.caller, key)
    }
    /// Moves versions of secrets that are under older material of their key, of this key or of every one, to its current
    /// material, in commits of 64 secrets each; `progress` is told after each. What was moved already is not touched, so a run
    /// that was cut short is simply repeated.
    ///
    /// # Errors
    /// `AccessDenied` without `secretsmanager:ListSecrets`. A version whose secret the caller may not update
    /// (`secretsmanager:UpdateSecret`), or whose key it may not use as for moving it to another key (`kms:GenerateDataKey`,
    /// `kms:Decrypt`, `kms:Encrypt`), stays where it is and is counted. `NotFound`; `Busy`, `Storage`.
    pub fn reencrypt(
        &self,
        key: Option<&str>,
        progress: &mut dyn FnMut(crate::Reencrypted),
    ) -> Result<crate::Reencrypted, Error> {
        crate::walk::extension::reencrypt::reencrypt(&self.caller, key, progress)
    }
    /// Reads the store's own journal, the oldest record first, until `visit` breaks: every change and what the store did by
    /// itself; reads and refusals as [`ReadAudit`](crate::audit::ReadAudit) says. What still waits to be written is not in it.
    ///
    /// # Errors
    /// `AccessDenied` without `cloudtrail:LookupEvents` on `*`; `Expired`; `Locked`; `Tampered`, `Damaged`, `Storage`.
    pub fn audit_records(
        &self,
        query: &crate::AuditQuery,
        visit: &mut dyn FnMut(crate::audit::Record) -> std::ops::ControlFlow<()>,
    ) -> Result<(), Error> {
        crate::walk::extension::audit::records(&self.caller, query, visit)
    }
    /// How the rotation of a secret is getting on.
    ///
    /// # Errors
    /// `AccessDenied` without `secretsmanager:DescribeSecret`; `NotFound`.
    pub fn rotation_status(&self, secret_id: &str) -> Result<crate::walk::extension::rotation::RotationStatus, Error> {
        crate::walk::extension::rotation::status(&self.caller, secret_id)
    }
    /// Has a rotation that failed tried again with the next [`Strongroom::run_due`](crate::Strongroom::run_due), however long it
    /// was to wait.
    ///
    /// # Errors
    /// `AccessDenied` without what RotateSecret needs: `secretsmanager:RotateSecret` on the secret, `lambda:InvokeFunction` on its
    /// function; `NotFound`; `InvalidState` when no rotation is under way.
    pub fn resume_rotation(&self, secret_id: &str) -> Result<(), Error> {
        self.caller.perform(&crate::walk::extension::rotation::Resume::new(secret_id))
    }
}

/// What AWS has not.
impl Session {
    /// Calls of Secrets Manager that are done together or not at all. They see what those before them did; nobody else sees
    /// anything before the closure has answered `Ok`, then all of it is one durable commit. If it answers `Err`, or panics,
    /// nothing of it was. Each call is weighed and recorded as if it came alone; those that wrote and were undone are told to
    /// the host's sink as [`RolledBack`](crate::audit::Outcome::RolledBack).
    ///
    /// The transaction has the writer's turn: other threads that write wait for it, readers do not. Calls that this thread makes
    /// on a session meanwhile read the store as it was, and are refused as `Busy` if they write. Do not wait within it for
    /// another thread that writes: it waits for the end of the transaction. Under [`ReadAudit::Strict`](crate::audit::ReadAudit)
    /// reads write, too: a record of their own.
    ///
    /// ```
    /// use strongroom::operation::secretsmanager::CreateSecret;
    /// # fn main() -> Result<(), strongroom::Error> {
    /// # let room = strongroom::Strongroom::builder().create_in_memory(strongroom::Unlock::root_key([7; 32].as_slice()))?;
    /// # let session = room.root();
    /// // The pair is there, or neither.
    /// session.transaction(|t| {
    ///     t.create_secret(CreateSecret::text("mail/user", "app"))?;
    ///     t.create_secret(CreateSecret::text("mail/password", "hunter2"))?;
    ///     Ok::<_, strongroom::Error>(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The closure's own. `Busy` within another transaction of this thread; `Locked`; `Storage` and the like when the commit
    /// fails, after which nothing was done; `AuditUnavailable` when the host's sink took no record.
    pub fn transaction<T, E: From<Error>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let transaction = Transaction::of(self.caller.begin()?);
        let outcome = work(&transaction);
        transaction.end(outcome)
    }
    /// PutSecretValue, if the version labelled `AWSCURRENT` is still the expected one: nobody's new value is overwritten unseen.
    /// A repetition of a request that was done (the same token, the same value) is answered as the first time.
    ///
    /// ```
    /// use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue};
    /// # fn main() -> Result<(), strongroom::Error> {
    /// # let room = strongroom::Strongroom::builder().create_in_memory(strongroom::Unlock::root_key([7; 32].as_slice()))?;
    /// # let session = room.root();
    /// # session.create_secret(CreateSecret::text("app/config", "{}"))?;
    /// let read = session.get_secret_value("app/config")?;
    /// session.put_secret_value_if(PutSecretValue::text("app/config", "{\"level\":1}"), &*read.version_id)?;
    /// // It is another version now.
    /// let late = session.put_secret_value_if(PutSecretValue::text("app/config", "{}"), &*read.version_id);
    /// assert_eq!(late.unwrap_err().kind(), strongroom::ErrorKind::Conflict);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As PutSecretValue, whose right it needs and no other. `Conflict` (`PreconditionNotMetException`) when another version is
    /// current; its [`source`](std::error::Error::source) is a [`Found`](crate::Found), which names that version to callers who
    /// may `secretsmanager:DescribeSecret`.
    pub fn put_secret_value_if(
        &self,
        request: impl Into<PutSecretValue>,
        expected: impl Into<Expected>,
    ) -> Result<PutSecretValueResponse, Error> {
        let mut request = request.into();
        self.caller.token_for(request.client_token())?;
        self.caller.perform(&PutIf::new(&request, &expected.into()))
    }
    /// Says when a secret's value stops being of use; `None`: never. Nothing happens then by itself: the value is served as
    /// before, and [`due`](Self::due) tells that it has expired. New values do not change the date.
    ///
    /// # Errors
    /// As UpdateSecret, whose right it needs (`secretsmanager:UpdateSecret`).
    pub fn set_expiry(&self, secret_id: &str, expires: Option<Timestamp>) -> Result<(), Error> {
        self.caller.perform(&SetExpiry::new(secret_id, expires))
    }
    /// What wants attention from now until so long from now, the earliest first: secrets that expire or have expired, rotations
    /// that are to run, are overdue or fail, and scheduled deletions. At most 1,000 are told, and how many more there are.
    ///
    /// # Errors
    /// `AccessDenied` without `secretsmanager:ListSecrets`; `Expired`; `Locked`.
    pub fn due(&self, within: Duration) -> Result<DueList, Error> {
        due::due(&self.caller, within)
    }
    /// Watches a secret: whether its value or its labels have changed since the caller last asked. Watch first, then read: what
    /// is changed after that is told.
    ///
    /// # Errors
    /// As DescribeSecret, whose right it needs (`secretsmanager:DescribeSecret`), now and whenever there is something to tell.
    pub fn watch(&self, secret_id: &str) -> Result<Watch, Error> {
        Watch::begin(&self.caller, secret_id)
    }
    /// GetSecretValue, of a JSON value, straight into a type of the caller's. The text is read where it was decrypted, and wiped;
    /// see [`GetSecretValueResponse::json`](crate::operation::secretsmanager::GetSecretValueResponse::json) for fields that
    /// borrow from it.
    ///
    /// ```
    /// # use strongroom::operation::secretsmanager::CreateSecret;
    /// #[derive(serde::Deserialize)]
    /// struct Login {
    ///     user: String,
    ///     #[serde(deserialize_with = "strongroom::json::secret_text")]
    ///     password: strongroom::SecretText,
    /// }
    /// # fn main() -> Result<(), strongroom::Error> {
    /// # let room = strongroom::Strongroom::builder().create_in_memory(strongroom::Unlock::root_key([7; 32].as_slice()))?;
    /// # let session = room.root();
    /// # session.create_secret(CreateSecret::text("prod/db", r#"{"user":"app","password":"hunter2"}"#))?;
    /// let login: Login = session.get_json("prod/db")?;
    /// assert_eq!((login.user.as_str(), login.password.expose()), ("app", "hunter2"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As GetSecretValue; `InvalidState` when the value is no JSON of that type, with a [`Mismatch`](crate::json::Mismatch) as its
    /// source.
    pub fn get_json<T: DeserializeOwned>(&self, request: impl Into<GetSecretValue>) -> Result<T, Error> {
        Ok(self.get_secret_value(request)?.json()?)
    }
}

/// KMS, in the hands of one principal.
#[derive(Clone, Copy, Debug)]
pub struct Kms<'s>(pub(crate) &'s Session);
impl Kms<'_> {
    /// Brings key material as it is, without any wrapping, into a key of origin `EXTERNAL`.
    ///
    /// # Errors
    /// As [`Session::call`]; `InvalidRequest` for material of another length, or that is not the one expected; `InvalidState`.
    pub fn import_key_material_raw(
        &self,
        request: crate::operation::kms::ImportRawKeyMaterial,
    ) -> Result<crate::operation::kms::ImportRawKeyMaterialResponse, Error> {
        self.0.call(request)
    }
    /// A wrapping key for material that is brought by ImportKeyMaterial, from a place that shares no memory with this one.
    /// Its answer wraps under it, as other programs do.
    ///
    /// # Errors
    /// As [`Session::call`]; `InvalidState`; `Unsupported` for a key whose material is made here.
    pub fn get_wrapping_key_for_import(
        &self,
        request: impl Into<crate::operation::kms::GetWrappingKeyForImport>,
    ) -> Result<crate::operation::kms::GetWrappingKeyForImportResponse, Error> {
        self.0.call(request.into())
    }
    /// Not of AWS: revokes a grant and with it all grants that were created by it, by those, and so on. Needs what RevokeGrant
    /// needs, `kms:RevokeGrant` on the key.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub fn revoke_grant_with_children(
        &self,
        request: impl Into<crate::operation::kms::RevokeGrantWithChildren>,
    ) -> Result<crate::operation::kms::RevokeGrantWithChildrenResponse, Error> {
        self.0.call(request.into())
    }
}
/// IAM, in the hands of one principal.
#[derive(Clone, Copy, Debug)]
pub struct Iam<'s>(pub(crate) &'s Session);
/// STS, in the hands of one principal.
#[derive(Clone, Copy, Debug)]
pub struct Sts<'s>(pub(crate) &'s Session);

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("principal", &self.caller.who.arn)
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}

macro_rules! methods {
    (() $( $group:ident $service:ident { $( $variant:ident : $name:ident , $method:ident ; )* } )*) => {
        $( methods! { @ $group $service { $( $name , $method ; )* } } )*
    };
    (@ SecretsManager $service:ident { $( $name:ident , $method:ident ; )* }) => {
        /// Secrets Manager.
        impl Session { $( methods! { # $service $name $method } )* }
    };
    (@ $group:ident $service:ident { $( $name:ident , $method:ident ; )* }) => {
        impl $group<'_> { $( methods! { # $service $name $method (0) } )* }
    };
    (# $service:ident $name:ident $method:ident $($field:tt)*) => {
        #[doc = concat!("See [`", stringify!($name), "`](crate::operation::", stringify!($service), "::", stringify!($name), ").")]
        ///
        /// # Errors
        /// As [`Session::call`].
        pub fn $method(
            &self,
            request: impl Into<crate::operation::$service::$name>,
        ) -> Result<<crate::operation::$service::$name as Operation>::Response, Error> {
            methods!(! self $($field)*).call(request.into())
        }
    };
    (! $session:ident) => { $session };
    (! $session:ident (0)) => { $session.0 };
}
crate::operation::for_each_operation!(methods);
