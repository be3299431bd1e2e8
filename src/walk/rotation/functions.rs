//! The rotation functions that the host has registered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{RotationEvent, RotationFailure};
use crate::error::{self, Error};
use crate::model::Home;
use crate::model::principal::check_session_name;
use crate::name::{Arn, PARTITION, Text};
use crate::walk::Caller;

/// Code of the host's, called as its role.
pub(crate) trait Function: Send + Sync {
    fn call(&self, caller: Caller, event: &RotationEvent) -> Result<(), RotationFailure>;
}

/// By ARN; and which secrets are being rotated.
#[derive(Default)]
pub(crate) struct Functions {
    known: Mutex<BTreeMap<Text, Arc<Registered>>>,
    /// Region and name of secrets.
    busy: Mutex<BTreeSet<(Text, Text)>>,
    /// Was one ever registered?
    any: AtomicBool,
}

/// A function and whom it acts as.
pub(crate) struct Registered {
    pub arn: Text,
    /// Name of its role.
    pub role: Text,
    /// The ARN by which the role was named, if it was.
    pub role_arn: Option<Text>,
    /// What its sessions are called: its own name.
    pub session: Text,
    pub function: Box<dyn Function>,
}

/// While it is held, nobody else calls steps for the secret.
pub(super) struct Turn<'f> {
    functions: &'f Functions,
    name: (Text, Text),
}

impl Functions {
    /// # Errors
    /// `InvalidRequest`: no ARN of a function of this account, or no role of it.
    pub(crate) fn register(
        &self,
        home: &Home,
        arn: &str,
        role: &str,
        function: Box<dyn Function>,
    ) -> Result<(), Error> {
        let Some(session) = function_name(arn, home).map(Text::from) else {
            return Err(error::invalid(format!(
                "`{arn}` is not the ARN of a function of this account, such as \
                 arn:{PARTITION}:lambda:{}:{}:function:SecretsManagerRotation",
                home.region, home.account
            )));
        };
        // Its sessions go by its name.
        check_session_name(&session)?;
        let (role, role_arn) = role_of(role, home)?;
        let registered = Registered { arn: Text::from(arn), role, role_arn, session, function };
        locked(&self.known).insert(registered.arn.clone(), Arc::new(registered));
        self.any.store(true, Ordering::Release);
        Ok(())
    }
    /// Was there one?
    pub(crate) fn unregister(&self, arn: &str) -> bool {
        locked(&self.known).remove(arn).is_some()
    }
    /// Does this process rotate secrets? One that never registered a function leaves them to those who do: all that it could add
    /// to a rotation is a failure.
    pub(crate) fn is_host(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }
    pub(crate) fn get(&self, arn: &str) -> Option<Arc<Registered>> {
        locked(&self.known).get(arn).cloned()
    }
    /// The turn at a secret, unless somebody has it.
    pub(super) fn turn(&self, region: &Text, name: &Text) -> Option<Turn<'_>> {
        let name = (region.clone(), name.clone());
        locked(&self.busy).insert(name.clone()).then(|| Turn { functions: self, name })
    }
}
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        locked(&self.functions.busy).remove(&self.name);
    }
}
impl std::fmt::Debug for Functions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(locked(&self.known).keys()).finish()
    }
}

/// Nothing of a host's runs while a lock is held, so nothing is left half done in one.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `NAME` of `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, with or without a version or alias behind. Of another account
/// nobody here could be allowed to call it.
fn function_name<'a>(arn: &'a str, home: &Home) -> Option<&'a str> {
    let parsed = Arn::parse(arn).filter(|_| arn.len() <= ARN_MAX)?;
    let ours = parsed.partition == PARTITION && parsed.service == "lambda" && *parsed.account == *home.account;
    let name = parsed.resource.strip_prefix("function:").filter(|_| ours && !parsed.region.is_empty())?;
    Some(name.split_once(':').map_or(name, |(name, _)| name))
}

/// Name and ARN of a role that is named by either.
fn role_of(role: &str, home: &Home) -> Result<(Text, Option<Text>), Error> {
    let wrong = || error::invalid(format!("`{role}` is neither the name nor the ARN of a role of this account"));
    if !role.starts_with("arn:") {
        let named = !role.is_empty() && !role.contains(['/', ':']);
        return named.then(|| (Text::from(role), None)).ok_or_else(wrong);
    }
    let parsed = Arn::parse(role).filter(|arn| arn.service == "iam" && *arn.account == *home.account);
    let path = parsed.and_then(|arn| arn.resource.strip_prefix("role/").map(str::to_owned)).ok_or_else(wrong)?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty()).ok_or_else(wrong)?;
    Ok((Text::from(name), Some(Text::from(role))))
}

/// Characters of RotationLambdaARN.
const ARN_MAX: usize = 2_048;
