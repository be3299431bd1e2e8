//! Who calls, with what standing, under which circumstances.

use std::cell::RefCell;
use std::sync::Arc;

use super::entry::PrincipalEntry;
use crate::action::Action;
use crate::audit::Decided;
use crate::clock::Timestamp;
use crate::model::principal::PrincipalKind as PlaceKind;
use crate::model::principal::{PrincipalRow, session_arn, unique_key};
use crate::model::{Home, Tag};
use crate::name::Text;
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
    /// Callers of another account: what that account allows them, vouched for by the host.
    pub vouched: Option<PolicySet>,
    /// Session tags; they overlay the tags of the role.
    pub tags: Vec<Tag>,
    /// When a temporary session began.
    pub issued: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    pub source_ip: Option<Text>,
    pub user_agent: Option<Text>,
    pub referer: Option<Text>,
    /// An embedded call crosses no transport that could be listened to.
    pub secure_transport: bool,
}

/// A principal and its policies, as the call's view has them.
#[derive(Debug)]
pub(crate) struct Standing<'c> {
    pub who: &'c Who,
    /// The user's or role's row; root and callers of other accounts have none.
    pub entry: Option<Arc<PrincipalEntry>>,
    /// For principals without identity-based policies of their own.
    pub none: &'c PolicySet,
}
impl Standing<'_> {
    pub(super) fn principal(&self) -> Principal<'_> {
        let id = self.who.principal_id.as_deref();
        let session = self.who.kind == PrincipalKind::RoleSession;
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
    /// The value that `aws:PrincipalTag/…` takes: the session's tag, else the principal's.
    pub(super) fn tag(&self, part: &str) -> Option<&Text> {
        let own = self.entry.as_deref().map(|entry| entry.row.tags.as_slice()).unwrap_or_default();
        self.who.tags.iter().chain(own).find(|tag| tag.key.eq_ignore_ascii_case(part)).map(|tag| &tag.value)
    }
    /// The names under which grants to this principal are kept: itself, the role of its session, its account. Users, roles
    /// and role sessions of the store's own account go by unique id, so that one made anew inherits no grant; all others by ARN.
    pub(super) fn grantees(&self) -> impl Iterator<Item = Text> + '_ {
        let own = self.who.principal_id.as_ref().unwrap_or(&self.who.arn).clone();
        let session = match (self.who.kind, &self.who.principal_id) {
            (PrincipalKind::RoleSession, Some(_)) => Some(self.who.userid.clone()),
            (PrincipalKind::RoleSession, None) => self.who.parent.clone(),
            _ => None,
        };
        let account = Text::from(format!("arn:aws:iam::{}:root", self.who.account));
        std::iter::once(own).chain(session).chain(std::iter::once(account))
    }
}

/// One call: its caller, its instant, the ways it came. Holds the decisions made for it until its event is written.
pub(crate) struct CallContext<'c> {
    pub standing: Standing<'c>,
    /// The clock's time or the store's high-water mark, whichever is later.
    pub observed: Timestamp,
    /// Account of the store, and the region that the call addresses.
    pub home: &'c Home,
    decided: RefCell<Vec<Decided>>,
    record: bool,
}
impl<'c> CallContext<'c> {
    /// Changes keep their decisions in the journal, whether or not the host listens.
    pub(crate) fn record_always(&mut self) {
        self.record = true;
    }
    pub(crate) fn new(standing: Standing<'c>, observed: Timestamp, home: &'c Home, record: bool) -> Self {
        Self { standing, observed, home, decided: RefCell::new(Vec::new()), record }
    }
    pub(super) fn note(&self, action: Action, resource: &Text, allowed: bool, reason: &'static str) {
        if self.record {
            self.decided.borrow_mut().push(Decided {
                action: action.full_name(),
                resource: resource.clone(),
                allowed,
                reason,
            });
        }
    }
    /// Work that was due: recorded as leave given by the row itself.
    pub(crate) fn note_due(&self, action: &'static str, resource: &Text) {
        self.decided.borrow_mut().push(Decided { action, resource: resource.clone(), allowed: true, reason: "due" });
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
            vouched: None,
            tags: Vec::new(),
            issued: None,
            expires: None,
            source_ip: None,
            user_agent: None,
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
    /// Is it a principal of another account, of which the host vouches for what its ARN does not tell?
    pub(super) fn is_foreign(&self) -> bool {
        self.vouched.is_some()
    }
}
