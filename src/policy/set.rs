//! Many policies as one: their statements indexed by action, then by the literal beginning of the resource's last field.
//!
//! A decision over a hundred policies then looks at the few statements that can apply, found by one walk down a prefix
//! tree. Statements on `*` or with `NotResource` are always looked at, and so are patterns that begin with a wildcard,
//! which stand at the tree's root. Actions that meet the same statements share one list.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::action::{Action, ActionRef};
use crate::name::Text;
use crate::policy::compile::{Policy, Resources, Statement};
use crate::policy::evaluate::Ask;
use crate::policy::key::Key;
use crate::policy::pattern::{Match, single};
use crate::policy::resource::ResourcePattern;

/// Where a policy comes from, for the record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The policy's name or ARN.
    pub id: Text,
    /// What it is attached to, or whose it is.
    pub kind: SourceKind,
}

/// AWS's `SourcePolicyType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// Inline in a user.
    User,
    /// Inline in a group.
    Group,
    /// Inline in a role.
    Role,
    /// Managed by AWS.
    AwsManaged,
    /// Managed by the account.
    UserManaged,
    /// On the resource.
    Resource,
    /// Passed to a simulation or a session.
    None,
}

impl SourceKind {
    /// As AWS's simulator writes it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
            Self::AwsManaged => "aws-managed",
            Self::UserManaged => "user-managed",
            Self::Resource => "resource",
            Self::None => "none",
        }
    }
}

impl Source {
    /// A policy of this name and kind.
    #[must_use]
    pub fn new(id: impl Into<Text>, kind: SourceKind) -> Self {
        Self { id: id.into(), kind }
    }
}

/// Policies that count together: any Allow among them allows, any Deny denies. Immutable; build a new one on change.
#[derive(Clone, Default)]
pub struct PolicySet {
    members: Box<[(Source, Arc<Policy>)]>,
    allow: Index,
    deny: Index,
}

impl std::fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.members.iter().map(|(source, _)| source)).finish()
    }
}

impl PolicySet {
    /// Merges and indexes policies; their order has no meaning.
    #[must_use]
    pub fn new(policies: impl IntoIterator<Item = (Source, Arc<Policy>)>) -> Self {
        let members: Box<[_]> = policies.into_iter().collect();
        let (allow, deny) = (Index::new(&members, true), Index::new(&members, false));
        Self { members, allow, deny }
    }
    /// No policy: allows and denies nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }
    /// Is there no policy?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
    /// How many policies there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }
    /// The policies and where they come from.
    pub fn members(&self) -> impl Iterator<Item = (&Source, &Arc<Policy>)> {
        self.members.iter().map(|(source, policy)| (source, policy))
    }
    /// About how many bytes the index takes, for caches that count; the policies count for themselves.
    #[must_use]
    pub fn memory(&self) -> usize {
        let members = self.members.len().saturating_mul(size_of::<(Source, Arc<Policy>)>());
        members.saturating_add(self.allow.memory()).saturating_add(self.deny.memory()).saturating_add(size_of::<Self>())
    }
    pub(crate) fn denies(&self, ask: &Ask<'_>) -> bool {
        self.some_applies(&self.deny, false, ask)
    }
    pub(crate) fn allows(&self, ask: &Ask<'_>) -> bool {
        self.some_applies(&self.allow, true, ask)
    }
    fn some_applies(&self, index: &Index, allow: bool, ask: &Ask<'_>) -> bool {
        match ask.action {
            ActionRef::Known(action) => {
                let Some(list) = index.list(action) else { return false };
                list.any(ask, &self.members)
            }
            ActionRef::Other(_) => self
                .members
                .iter()
                .flat_map(|(_, policy)| policy.statements())
                .any(|statement| statement.allow == allow && statement.applies(ask)),
        }
    }
}

type Members = [(Source, Arc<Policy>)];

/// The statements of one effect.
#[derive(Clone, Debug, Default)]
struct Index {
    /// For each known action the number of its list; empty when there is no statement at all.
    list_of: Box<[u16]>,
    lists: Box<[List]>,
}

impl Index {
    fn new(members: &Members, allow: bool) -> Self {
        let mut statements = Vec::new();
        for (p, (_, policy)) in members.iter().enumerate() {
            for (s, statement) in policy.statements().iter().enumerate() {
                if statement.allow == allow
                    && let (Ok(policy), Ok(place)) = (u32::try_from(p), u32::try_from(s))
                {
                    statements.push((policy, place, statement));
                }
            }
        }
        if statements.is_empty() {
            return Self::default();
        }
        let mut lists = Vec::new();
        let mut known: HashMap<Vec<(u32, u32)>, u16> = HashMap::new();
        let list_of = Action::all().map(|action| {
            let met = || statements.iter().filter(|(_, _, statement)| statement.actions.contains(action));
            let key: Vec<_> = met().map(|(policy, place, _)| (*policy, *place)).collect();
            *known.entry(key).or_insert_with(|| {
                lists.push(List::new(met()));
                u16::try_from(lists.len().saturating_sub(1)).unwrap_or(u16::MAX)
            })
        });
        let list_of = list_of.collect();
        Self { list_of, lists: lists.into_boxed_slice() }
    }
    fn memory(&self) -> usize {
        let list = |list: &List| {
            let guarded: usize = list.guards.iter().map(|guard| guard.places.len()).sum();
            let tree = list.tree.nodes.len().saturating_mul(size_of::<Node>()).saturating_add(list.tree.labels.len());
            let places = list.always.len().saturating_add(list.tree.places.len()).saturating_mul(size_of::<Place>());
            tree.saturating_add(places).saturating_add(guarded.saturating_mul(size_of::<(Text, Place)>()))
        };
        self.lists.iter().map(list).fold(self.list_of.len().saturating_mul(2), usize::saturating_add)
    }
    fn list(&self, action: Action) -> Option<&List> {
        self.lists.get(usize::from(*self.list_of.get(action.number())?))
    }
}

/// A statement to look at, and which of its resource entries led there.
#[derive(Clone, Copy, Debug)]
struct Place {
    policy: u32,
    statement: u32,
    /// The entry's number, or one of the two marks below.
    resource: u32,
}

/// The resource matches whatever it is.
const ANY_RESOURCE: u32 = u32::MAX;
/// All entries are to be asked.
const ALL_ENTRIES: u32 = u32::MAX - 1;

impl Place {
    fn statement<'m>(&self, members: &'m Members) -> Option<&'m Statement> {
        let (_, policy) = members.get(usize::try_from(self.policy).ok()?)?;
        policy.statements().get(usize::try_from(self.statement).ok()?)
    }
    fn applies(&self, ask: &Ask<'_>, members: &Members) -> bool {
        let Some(statement) = self.statement(members) else { return false };
        let resource = match (self.resource, &statement.resources) {
            (ANY_RESOURCE, _) => true,
            (ALL_ENTRIES, resources) => resources.matches(&ask.target, ask.keys, statement.allow),
            (entry, Resources::In(patterns)) => {
                let pattern = usize::try_from(entry).ok().and_then(|entry| patterns.get(entry));
                pattern.is_some_and(|pattern| pattern.matches(&ask.target, ask.keys) == Match::Yes)
            }
            (_, Resources::NotIn(_) | Resources::Own) => false,
        };
        resource && statement.conditions_hold(ask)
    }
}

/// The statements that one action meets.
#[derive(Clone, Debug)]
struct List {
    /// Looked at whatever the resource.
    always: Box<[Place]>,
    /// On `*`, but for one value of a key only.
    guards: Box<[Guard]>,
    tree: Tree,
}

/// Statements that can apply only when a key has one certain value, such as a tag of the secret.
#[derive(Clone, Debug)]
struct Guard {
    key: Key,
    /// By value.
    places: hashbrown::HashMap<Text, Vec<Place>>,
}

/// A key, and the statements that ask for each of its values.
type Guarded<'s> = (&'s Key, Vec<(Text, Place)>);

impl List {
    fn new<'s>(statements: impl Iterator<Item = &'s (u32, u32, &'s Statement)>) -> Self {
        let mut always = Vec::new();
        // By the key's text in lower case, so that it does not matter how many keys there are.
        let mut guarded: BTreeMap<String, Guarded<'_>> = BTreeMap::new();
        let mut entries: Vec<Entry<'_>> = Vec::new();
        for &(policy, statement, written) in statements {
            let place = |resource| Place { policy, statement, resource };
            let patterns = match &written.resources {
                Resources::Own => {
                    always.push(place(ANY_RESOURCE));
                    continue;
                }
                Resources::NotIn(_) => {
                    always.push(place(ALL_ENTRIES));
                    continue;
                }
                Resources::In(patterns)
                    if patterns.iter().any(|pattern| matches!(pattern, ResourcePattern::Everything)) =>
                {
                    let guard =
                        written.conditions.iter().find_map(|condition| Some((&condition.key, condition.equalities()?)));
                    let Some((key, values)) = guard else {
                        always.push(place(ANY_RESOURCE));
                        continue;
                    };
                    let values = values.into_iter().map(|value| (value.clone(), place(ANY_RESOURCE)));
                    let (_, places) = guarded.entry(key.text.to_ascii_lowercase()).or_insert_with(|| (key, Vec::new()));
                    places.extend(values);
                    continue;
                }
                Resources::In(patterns) => patterns,
            };
            for (number, pattern) in patterns.iter().enumerate() {
                let ResourcePattern::Arn(glob) = pattern else { continue };
                let number = u32::try_from(number).unwrap_or(ALL_ENTRIES);
                if glob.can_match() {
                    let (text, exact) = glob.tail_prefix();
                    entries.push(Entry { text: text.as_bytes(), exact, place: place(number) });
                }
            }
        }
        let guards = guarded.into_values().map(|(key, places)| {
            let mut by_value: hashbrown::HashMap<Text, Vec<Place>> = hashbrown::HashMap::new();
            for (value, place) in places {
                by_value.entry(value).or_default().push(place);
            }
            Guard { key: key.clone(), places: by_value }
        });
        Self { always: always.into(), guards: guards.collect(), tree: Tree::new(entries) }
    }
    fn any(&self, ask: &Ask<'_>, members: &Members) -> bool {
        // Without the six fields of an ARN only `*` and negations match, and they are all among the first.
        self.always.iter().any(|place| place.applies(ask, members))
            || self.guards.iter().any(|guard| guard.any(ask, members))
            || !self.tree.is_empty()
                && ask
                    .target
                    .tail()
                    .is_some_and(|tail| self.tree.any(tail.as_bytes(), |place| place.applies(ask, members)))
    }
}

impl Guard {
    fn any(&self, ask: &Ask<'_>, members: &Members) -> bool {
        // A key that is absent or has several values equals nothing.
        let Some(value) = single(&self.key, ask.keys) else { return false };
        self.places.get(value.as_str()).is_some_and(|places| places.iter().any(|place| place.applies(ask, members)))
    }
}

/// An entry of `Resource` by the literal text that its last field begins with.
struct Entry<'s> {
    text: &'s [u8],
    /// The field is this text and no more.
    exact: bool,
    place: Place,
}

/// A compressed prefix tree: every node stands for the texts that share its path.
#[derive(Clone, Debug)]
struct Tree {
    /// Breadth first, so that the children of a node stand side by side.
    nodes: Box<[Node]>,
    /// The first byte of each node's label.
    firsts: Box<[u8]>,
    labels: Box<[u8]>,
    places: Box<[Place]>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// What the path has more than the parent's.
    label: (u32, u32),
    children: (u32, u32),
    /// Entries whose text is the path, as a prefix.
    prefix: (u32, u32),
    /// Entries whose text is the path, and nothing behind it.
    exact: (u32, u32),
}

impl Tree {
    fn new(mut entries: Vec<Entry<'_>>) -> Self {
        // Those that need their text as a prefix before those that need it alone.
        entries.sort_by(|a, b| (a.text, a.exact).cmp(&(b.text, b.exact)));
        let (mut nodes, mut firsts, mut labels, mut places) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        // Node, its entries, and how much of their texts its ancestors' labels have taken.
        let mut waiting = std::collections::VecDeque::new();
        if !entries.is_empty() {
            nodes.push(Node::default());
            firsts.push(0);
            waiting.push_back((0_usize, entries.as_slice(), 0_usize));
        }
        while let Some((number, mut entries, taken)) = waiting.pop_front() {
            // Sorted, so what the first and the last share is shared by all.
            let (Some(first), Some(last)) = (entries.first(), entries.last()) else { continue };
            let path = first.text.iter().zip(last.text).take_while(|(a, b)| a == b).count();
            let label_start = index(labels.len());
            labels.extend_from_slice(first.text.get(taken..path).unwrap_or_default());
            let mut node = Node { label: (label_start, index(labels.len())), ..Node::default() };
            let mut own = |wanted: bool| {
                let start = index(places.len());
                while let Some((entry, behind)) = entries.split_first()
                    && entry.text.len() == path
                    && entry.exact == wanted
                {
                    places.push(entry.place);
                    entries = behind;
                }
                (start, index(places.len()))
            };
            node.prefix = own(false);
            node.exact = own(true);
            let children_start = index(nodes.len());
            while let Some(byte) = entries.first().and_then(|entry| entry.text.get(path)) {
                let same = entries.partition_point(|entry| entry.text.get(path) == Some(byte));
                let (group, behind) = entries.split_at_checked(same).unwrap_or((entries, &[]));
                waiting.push_back((nodes.len(), group, path));
                nodes.push(Node::default());
                firsts.push(*byte);
                entries = behind;
            }
            node.children = (children_start, index(nodes.len()));
            if let Some(place) = nodes.get_mut(number) {
                *place = node;
            }
        }
        Self { nodes: nodes.into(), firsts: firsts.into(), labels: labels.into(), places: places.into() }
    }
    fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
    /// Does some entry apply whose text the tail begins with, or is? Asks the shorter texts first.
    fn any(&self, tail: &[u8], applies: impl Fn(&Place) -> bool) -> bool {
        let mut rest = tail;
        let mut next = self.nodes.first();
        while let Some(node) = next {
            let label = slice(&self.labels, node.label);
            // An empty box points nowhere, and comparing no bytes at a place that is not mapped costs some processors
            // hundreds of cycles (measured: 200 ns).
            if !label.is_empty() {
                match rest.strip_prefix(label) {
                    Some(behind) => rest = behind,
                    None => return false,
                }
            }
            if slice(&self.places, node.prefix).iter().any(&applies) {
                return true;
            }
            let Some(byte) = rest.first() else {
                return slice(&self.places, node.exact).iter().any(&applies);
            };
            let child = slice(&self.firsts, node.children).iter().position(|first| first == byte);
            next = child.and_then(|child| self.nodes.get(position(node.children.0).saturating_add(child)));
        }
        false
    }
}

fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn position(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

fn slice<T>(all: &[T], (start, end): (u32, u32)) -> &[T] {
    all.get(position(start)..position(end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[(&str, bool)], tail: &str) -> Vec<u32> {
        let place = |number: usize| Place { policy: index(number), statement: 0, resource: 0 };
        let entries = texts.iter().enumerate().map(|(number, (text, exact))| Entry {
            text: text.as_bytes(),
            exact: *exact,
            place: place(number),
        });
        let tree = Tree::new(entries.collect());
        let met = std::cell::RefCell::new(Vec::new());
        assert!(!tree.any(tail.as_bytes(), |place| {
            met.borrow_mut().push(place.policy);
            false
        }));
        let mut met = met.into_inner();
        met.sort_unstable();
        met
    }

    #[test]
    fn the_tree_meets_exactly_the_prefixes_and_the_equal_texts() {
        let texts = [
            ("", false),
            ("", true),
            ("a", false),
            ("ab", true),
            ("ab", false),
            ("abc", false),
            ("abd", true),
            ("b", false),
            ("secret:prod/", false),
            ("secret:prod/db", true),
            ("secret:dev/", false),
            ("ä", false),
            ("ö", true),
            ("ab", false),
        ];
        let tails = [
            "",
            "a",
            "ab",
            "abc",
            "abcd",
            "abd",
            "abdx",
            "b",
            "c",
            "secret:",
            "secret:prod/",
            "secret:prod/db",
            "secret:prod/dbx",
            "ä",
            "ö",
            "öx",
            "å",
        ];
        for tail in tails {
            let expected: Vec<u32> = (0..)
                .zip(texts)
                .filter(|(_, (text, exact))| if *exact { tail == *text } else { tail.starts_with(text) })
                .map(|(number, _)| number)
                .collect();
            assert_eq!(found(&texts, tail), expected, "{tail}");
        }
        assert_eq!(found(&[], "a"), [0; 0]);
        assert_eq!(found(&[("a", true)], "a"), [0]);
    }
}
