//! Several calls that are done together or not at all.

use crate::error::Error;
use crate::operation::Operation;
use crate::walk::extension::expected::{Expected, PutIf};
use crate::walk::extension::expiry::SetExpiry;
use crate::walk::{Bundle, Part};

/// A transaction under way, in the hands of the closure that [`Session::transaction`](crate::Session::transaction) calls.
///
/// Its calls see what the calls before them did; nobody else does before the transaction is over. Each is weighed against the
/// policies as the transaction finds and leaves them, and each has its event in the audit. A call that fails leaves nothing of
/// itself behind and the transaction usable: whether to go on is the closure's to say.
#[derive(Debug)]
pub struct Transaction<'s>(Bundle<'s>);

impl<'s> Transaction<'s> {
    pub(super) fn of(bundle: Bundle<'s>) -> Self {
        Self(bundle)
    }
    /// `Ok` is done, `Err` is undone.
    pub(super) fn end<T, E: From<Error>>(self, outcome: Result<T, E>) -> Result<T, E> {
        match outcome {
            Ok(answer) => {
                self.0.commit()?;
                Ok(answer)
            }
            Err(refused) => {
                self.0.abandon()?;
                Err(refused)
            }
        }
    }
    /// Any operation of Secrets Manager, as [`Session::call`](crate::Session::call) sends it.
    ///
    /// # Errors
    /// As there. What the call had written is taken back.
    #[expect(
        private_bounds,
        reason = "what a walk does is the crate's own affair; every operation of Secrets Manager has one"
    )]
    pub fn call<O: Part>(&self, mut request: O) -> Result<O::Response, Error> {
        self.0.token_for(request.client_token())?;
        request.within(&self.0)
    }
    /// As [`Session::put_secret_value_if`](crate::Session::put_secret_value_if).
    ///
    /// # Errors
    /// As there. What the call had written is taken back.
    pub fn put_secret_value_if(
        &self,
        request: impl Into<crate::operation::secretsmanager::PutSecretValue>,
        expected: impl Into<Expected>,
    ) -> Result<crate::operation::secretsmanager::PutSecretValueResponse, Error> {
        let mut request = request.into();
        self.0.token_for(request.client_token())?;
        self.0.perform(&PutIf::new(&request, &expected.into()))
    }
    /// As [`Session::set_expiry`](crate::Session::set_expiry).
    ///
    /// # Errors
    /// As there. What the call had written is taken back.
    pub fn set_expiry(&self, secret_id: &str, expires: Option<crate::clock::Timestamp>) -> Result<(), Error> {
        self.0.perform(&SetExpiry::new(secret_id, expires))
    }
}

macro_rules! calls {
    (() SecretsManager $service:ident { $( $variant:ident : $name:ident , $method:ident ; )* } $($rest:tt)*) => {
        /// Secrets Manager.
        impl Transaction<'_> { $(
            #[doc = concat!("See [`", stringify!($name), "`](crate::operation::", stringify!($service), "::", stringify!($name), ").")]
            ///
            /// # Errors
            /// As [`call`](Self::call).
            pub fn $method(
                &self,
                request: impl Into<crate::operation::$service::$name>,
            ) -> Result<<crate::operation::$service::$name as Operation>::Response, Error> {
                self.call(request.into())
            }
        )* }
    };
}
crate::operation::for_each_operation!(calls);
