//! Who calls, with what standing, under which circumstances.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Weak};

use super::entry::PrincipalEntry;
use crate::action::Action;
use crate::audit::Decided;
use crate::clock::Timestamp;
use crate::model::principal::PrincipalKind as PlaceKind;
use crate::model::principal::{PrincipalRow, session_arn, unique_key};
use crate::model::{Home, Tag};
use crate::name::{PARTITION, Text};
use crate::policy::{PolicySet, Principal, PrincipalKind};

/// The principal behind a session, as it was vouched for or proved. Its rights are read anew at each call.
#[derive(Debug)]
pub(crate) struct Who {
    pub kind: PrincipalKind,
    /// User ARN, session ARN, root ARN, service name.
    pub arn: Text,
    pub account: Text,
    /// Unique id of the user; of a role session: `AROA…:session`.
    pub userid: Text,
    /// Unique id of the user or role whose row must still be there.
    pub principal_id: Option<Text>,
    /// Kind and lower-case name under which that row is kept.
    pub place: Option<(PlaceKind, Text)>,
    /// Users of the store's own account only.
    pub username: Option<Text>,
    /// Role sessions: the role's ARN with its path.
    pub parent: Option<Text>,
    /// Policies that limit the session.
    pub session_policies: Option<PolicySet>,
    /// ARNs of managed policies that limit it as well, in one union with those: read anew at each call.
    pub session_policy_arns: Vec<Text>,
    /// Callers of another account: what that account allows them, vouched for by the host.
    pub vouched: Option<PolicySet>,
    /// Session tags; they overlay the tags of the role.
    pub tags: Vec<Tag>,
    /// Keys of session tags that stay through further roles.
    pub transitive: Vec<Text>,
    /// Who is behind the session; stays through further roles.
    pub source_identity: Option<Text>,
    /// When a second factor was proved.
    pub mfa: Option<Timestamp>,
    /// What else must still be as it was for the session to go on.
    pub ties: Vec<Tie>,
    /// What the session cannot call, whatever its policies say.
    pub scope: Scope,
    /// When a temporary session began.
    pub issued: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    /// ARN of the rotation function whose own session this is.
    pub source_function: Option<Text>,
    /// The step of a rotation that the session is for: it ends with it.
    pub during: Option<Weak<()>>,
    pub source_ip: Option<Text>,
    pub user_agent: Option<Text>,
    pub referer: Option<Text>,
    /// An embedded call crosses no transport that could be listened to.
    pub secure_transport: bool,
    /// The id of the one request that the host vouches or proves this caller for.
    pub request_id: Option<Text>,
}

/// What a session rests on beside its own principal. Once it is gone, so is the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// A user or role, by its unique id.
    Principal { kind: PlaceKind, name: Text, id: Text },
    /// An access key that is active.
    AccessKey(Text),
    /// An MFA device that a user has held since then: given back later, it proves nothing of before.
    Device { serial: Text, user_id: Text, since: Timestamp },
}

/// What a session cannot call, whatever its policies say. Source: "Compare AWS STS credentials", IAM user guide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    #[default]
    Any,
    /// Of GetSessionToken: IAM only with a second factor; of STS AssumeRole and GetCallerIdentity.
    SessionToken,
    /// Of GetFederationToken: no IAM; of STS GetCallerIdentity.
    Federated,
}
impl Scope {
    pub(crate) fn admits(self, service: &str, operation: &str, mfa: bool) -> bool {
        match (self, service) {
            (Self::SessionToken, "iam") => mfa,
            (Self::SessionToken, "sts") => matches!(operation, "AssumeRole" | "GetCallerIdentity"),
            (Self::Federated, "iam") => false,
            (Self::Federated, "sts") => operation == "GetCallerIdentity",
            _ => true,
        }
    }
}

/// A principal and its policies, as the call's view has them.
#[derive(Debug)]
pub(crate) struct Standing<'c> {
    pub who: &'c Who,
    /// The user's or role's row; root and callers of other accounts have none.
    pub entry: Option<Arc<PrincipalEntry>>,
    /// For principals without identity-based policies of their own.
    pub none: &'c PolicySet,
    /// What limits the session, if managed policies do.
    pub session: Option<PolicySet>,
}
impl Standing<'_> {
    pub(super) fn principal(&self) -> Principal<'_> {
        let id = self.who.principal_id.as_deref();
        let session = matches!(self.who.kind, PrincipalKind::RoleSession | PrincipalKind::FederatedUser);
        Principal {
            kind: self.who.kind,
            arn: &self.who.arn,
            account: &self.who.account,
            id: if session { None } else { id },
            parent: self.who.parent.as_deref(),
            parent_id: if session { id } else { None },
        }
    }
    pub(super) fn identity(&self) -> &PolicySet {
        match (&self.entry, &self.who.vouched) {
            (Some(entry), _) => &entry.identity,
            (None, Some(vouched)) => vouched,
            (None, None) => self.none,
        }
    }
    /// What limits the caller's own policies, if anything does.
    pub(super) fn boundary(&self) -> Option<&PolicySet> {
        self.entry.as_deref()?.boundary.as_ref()
    }
    /// What limits the session, if anything does.
    pub(super) fn session(&self) -> Option<&PolicySet> {
        self.session.as_ref().or(self.who.session_policies.as_ref())
    }
    /// The value that `aws:PrincipalTag/…` takes: the session's tag, else the principal's.
    pub(super) fn tag(&self, part: &str) -> Option<&Text> {
        let own = self.entry.as_deref().map(|entry| entry.row.tags.as_slice()).unwrap_or_default();
        self.who.tags.iter().chain(own).find(|tag| tag.key.eq_ignore_ascii_case(part)).map(|tag| &tag.value)
    }
    /// The names under which grants to this principal are kept: itself, the role of its session, its account. Users, roles
    /// and role sessions of the store's own account go by unique id, so that one made anew inherits no grant; all others by
    /// ARN. A session whose policies cut the action off (`cut`) has what was granted to itself alone: session policies limit
    /// what a role was given, and not what its session was given.
    pub(super) fn grantees(&self, cut: bool) -> impl Iterator<Item = Text> + '_ {
        let who = self.who;
        let account = Text::from(format!("arn:aws:iam::{}:root", who.account));
        let (own, wider) = match (who.kind, &who.principal_id) {
            (PrincipalKind::RoleSession, Some(role)) => (&who.userid, Some(role)),
            (PrincipalKind::RoleSession, None) => (&who.arn, who.parent.as_ref()),
            // What was granted to the user was not granted to whom the user lets in.
            (PrincipalKind::FederatedUser, _) => (&who.arn, None),
            (_, id) => (id.as_ref().unwrap_or(&who.arn), None),
        };
        let wider = wider.cloned().into_iter().chain(std::iter::once(account)).filter(move |_| !cut);
        std::iter::once(own.clone()).chain(wider)
    }
}

/// What the host has brought that is no row.
pub(crate) trait Host {
    /// Can a rotation function be called by this ARN?
    fn has_function(&self, arn: &str) -> bool;
}
struct NoHost;
impl Host for NoHost {
    fn has_function(&self, _arn: &str) -> bool {
        false
    }
}

/// One call: its caller, its instant, the ways it came. Holds the decisions made for it until its event is written.
pub(crate) struct CallContext<'c> {
    pub standing: Standing<'c>,
    /// The clock's time or the store's high-water mark, whichever is later.
    pub observed: Timestamp,
    /// Account of the store, and the region that the call addresses.
    pub home: &'c Home,
    /// What the host offers.
    pub host: &'c dyn Host,
    /// A second factor that came with this very call.
    mfa: Cell<bool>,
    decided: RefCell<Vec<Decided>>,
    record: bool,
}
impl<'c> CallContext<'c> {
    /// The host offers this.
    pub(crate) fn served_by(mut self, host: &'c dyn Host) -> Self {
        self.host = host;
        self
    }
    /// Changes keep their decisions in the journal, whether or not the host listens.
    pub(crate) fn record_always(&mut self) {
        self.record = true;
    }
    /// Does anybody listen?
    pub(crate) fn is_recorded(&self) -> bool {
        self.record
    }
    pub(crate) fn new(standing: Standing<'c>, observed: Timestamp, home: &'c Home, record: bool) -> Self {
        Self {
            standing,
            observed,
            home,
            host: &NoHost,
            mfa: Cell::new(false),
            decided: RefCell::new(Vec::new()),
            record,
        }
    }
    /// The same call as it goes on in another region: what Secrets Manager asks of the KMS there, on the caller's behalf. What is
    /// decided meanwhile is [taken back](Self::take_back).
    pub(crate) fn in_region<'h>(&self, home: &'h Home) -> CallContext<'h>
    where
        'c: 'h,
    {
        let Standing { who, entry, none, session } = &self.standing;
        let standing = Standing { who, entry: entry.clone(), none, session: session.clone() };
        CallContext {
            standing,
            observed: self.observed,
            home,
            host: self.host,
            mfa: self.mfa.clone(),
            decided: RefCell::new(Vec::new()),
            record: self.record,
        }
    }
    /// Adds what was decided for this call elsewhere.
    pub(crate) fn take_back(&self, elsewhere: &CallContext<'_>) {
        self.decided.borrow_mut().append(&mut elsewhere.decided.borrow_mut());
    }
    /// The caller has proved a second factor with this call.
    pub(crate) fn prove_mfa(&self) {
        self.mfa.set(true);
    }
    /// When a second factor was proved.
    pub(crate) fn mfa(&self) -> Option<Timestamp> {
        if self.mfa.get() { Some(self.observed) } else { self.standing.who.mfa }
    }
    pub(super) fn note(&self, action: Action, resource: &Text, allowed: bool, reason: &'static str) {
        if self.record {
            self.decided.borrow_mut().push(Decided {
                action: action.full_name(),
                resource: resource.clone(),
                allowed,
                reason,
                grants: Vec::new(),
            });
        }
    }
    /// A grant allowed it; `line`: the grant and its ancestors, looked up only if somebody listens.
    pub(super) fn note_grant(&self, action: Action, resource: &Text, line: impl FnOnce() -> Vec<Text>) {
        if self.record {
            self.decided.borrow_mut().push(Decided {
                action: action.full_name(),
                resource: resource.clone(),
                allowed: true,
                reason: "grant",
                grants: line(),
            });
        }
    }
    /// Work that was due: recorded as leave given by the row itself.
    pub(crate) fn note_due(&self, action: &'static str, resource: &Text) {
        self.decided.borrow_mut().push(Decided {
            action,
            resource: resource.clone(),
            allowed: true,
            reason: "due",
            grants: Vec::new(),
        });
    }
    /// How many decisions were made so far.
    pub(crate) fn decided(&self) -> usize {
        self.decided.borrow().len()
    }
    /// Those behind the first so many; they are this call's no more.
    pub(crate) fn decisions_from(&self, begun: usize) -> Vec<Decided> {
        let mut decided = self.decided.borrow_mut();
        let begun = begun.min(decided.len());
        decided.split_off(begun)
    }
    /// Something that belongs to what was admitted: recorded as leave given by its row.
    pub(crate) fn note_kin(&self, action: Action, resource: &Text) {
        self.note(action, resource, true, "replication");
    }
    pub(crate) fn decisions(&self) -> Vec<Decided> {
        self.decided.take()
    }
    /// The principal as denials and events name it.
    pub(crate) fn principal_arn(&self) -> &Text {
        &self.standing.who.arn
    }
}
impl std::fmt::Debug for CallContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallContext")
            .field("principal", self.principal_arn())
            .field("observed", &self.observed)
            .finish_non_exhaustive()
    }
}

impl Who {
    fn plain(kind: PrincipalKind, arn: Text, account: Text, userid: Text) -> Self {
        Self {
            kind,
            arn,
            account,
            userid,
            principal_id: None,
            place: None,
            username: None,
            parent: None,
            session_policies: None,
            session_policy_arns: Vec::new(),
            vouched: None,
            tags: Vec::new(),
            transitive: Vec::new(),
            source_identity: None,
            mfa: None,
            ties: Vec::new(),
            scope: Scope::Any,
            issued: None,
            expires: None,
            source_function: None,
            during: None,
            source_ip: None,
            user_agent: None,
            request_id: None,
            referer: None,
            secure_transport: true,
        }
    }
    pub(crate) fn root(home: &Home) -> Self {
        Self::plain(PrincipalKind::Root, home.iam_arn("root"), home.account.clone(), home.account.clone())
    }
    /// The store's own service, for work that is due.
    pub(crate) fn service(home: &Home, name: &str) -> Self {
        Self::plain(PrincipalKind::Service, Text::from(name), home.account.clone(), Text::from(name))
    }
    pub(crate) fn user(home: &Home, row: &PrincipalRow) -> Self {
        Self {
            principal_id: Some(row.id.clone()),
            place: Some((row.kind, Text::from(unique_key(&row.name)))),
            username: Some(row.name.clone()),
            ..Self::plain(PrincipalKind::User, row.arn.clone(), home.account.clone(), row.id.clone())
        }
    }
    /// Is this row the principal as it was when the session began? A user who was renamed or moved since has another ARN, and
    /// policies would go on knowing the session by the old one: it must begin again.
    pub(crate) fn is_still(&self, row: &PrincipalRow) -> bool {
        *self.parent.as_ref().unwrap_or(&self.arn) == row.arn
    }
    /// A role's session; `issued` tells when it began.
    pub(crate) fn role(
        home: &Home,
        row: &PrincipalRow,
        session: &str,
        issued: Timestamp,
        expires: Option<Timestamp>,
    ) -> Self {
        let arn = session_arn(home, &row.name, session);
        let userid = Text::from(format!("{}:{session}", row.id));
        Self {
            principal_id: Some(row.id.clone()),
            place: Some((row.kind, Text::from(unique_key(&row.name)))),
            parent: Some(row.arn.clone()),
            issued: Some(issued),
            expires,
            ..Self::plain(PrincipalKind::RoleSession, arn, home.account.clone(), userid)
        }
    }
    /// A session of a user, or of root, without being it: what GetFederationToken makes.
    pub(crate) fn federated(home: &Home, of: Option<&PrincipalRow>, name: &str, issued: Timestamp) -> Self {
        let arn = Text::from(format!("arn:{PARTITION}:sts::{}:federated-user/{name}", home.account));
        let userid = Text::from(format!("{}:{name}", home.account));
        Self {
            principal_id: of.map(|row| row.id.clone()),
            place: of.map(|row| (row.kind, Text::from(unique_key(&row.name)))),
            parent: Some(of.map_or_else(|| home.iam_arn("root"), |row| row.arn.clone())),
            issued: Some(issued),
            scope: Scope::Federated,
            ..Self::plain(PrincipalKind::FederatedUser, arn, home.account.clone(), userid)
        }
    }
    pub(crate) fn foreign(
        kind: PrincipalKind,
        arn: Text,
        account: Text,
        parent: Option<Text>,
        vouched: PolicySet,
    ) -> Self {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let userid = match kind {
            PrincipalKind::FederatedUser => Text::from(format!("{account}:{name}")),
            _ => account.clone(),
        };
        Self { parent, vouched: Some(vouched), ..Self::plain(kind, arn, account, userid) }
    }
    /// Has the step of a rotation ended that it was for?
    pub(crate) fn has_ended(&self) -> bool {
        self.during.as_ref().is_some_and(|step| step.strong_count() == 0)
    }
    /// Is it a principal of another account, of which the host vouches for what its ARN does not tell?
    pub(super) fn is_foreign(&self) -> bool {
        self.vouched.is_some()
    }
}
