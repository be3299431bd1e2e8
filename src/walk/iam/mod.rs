//! IAM. Every operation is weighed on its principal's ARN; whether that principal exists is told after the decision.

mod access_key;
mod account;
mod attachment;
mod boundary;
mod group;
mod inline;
mod managed_policy;
pub(crate) mod mfa;
mod role;
mod simulate;
mod tagging;
mod user;

use std::sync::Arc;

use crate::access::entry::PrincipalLook;
use crate::access::{Act, Everything, Pass, PrincipalEntry, Scans, Writes};
use crate::error::{self, Error};
use crate::ledger::{Look, Principals as _};
use crate::model::Tag;
use crate::model::paging::{Place, SortOrder};
use crate::model::principal::{PrincipalKind, PrincipalRow, unique_key};
use crate::model::tag::TagRules;
use crate::name::Text;
use crate::operation::iam as shapes;
use crate::walk::visit::List;
use crate::walk::{Visit, Writing};

/// Admitted, and there.
fn admitted<'v, A: Act<On = PrincipalLook>, L: Look>(
    act: &A,
    kind: PrincipalKind,
    name: &str,
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, Arc<PrincipalEntry>>, Error> {
    visit
        .admit(act, visit.look.principal(kind, "/", name)?)?
        .found(|| error::iam::entity_not_found(kind.entity(), name))
}

/// A user, role or group that is to be made, weighed on the ARN that it would get.
fn creating<'v, A: Act<On = PrincipalLook>, L: Look>(
    act: &A,
    kind: PrincipalKind,
    (path, name): (Option<&Text>, &str),
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, PrincipalLook>, Error> {
    visit.admit(act, visit.look.new_principal(kind, path.map_or("/", Text::as_str), name))
}

/// The row of a new user, role or group, its name being free.
fn fresh<A: Writes<PrincipalRow> + Act<On = PrincipalLook>>(
    visit: &Writing<'_, '_>,
    pass: &Pass<'_, A, PrincipalLook>,
    kind: PrincipalKind,
    (path, name): (Option<&Text>, &Text),
    tags: Option<&Vec<shapes::Tag>>,
) -> Result<PrincipalRow, Error> {
    if visit.look.is_taken(pass, kind, name)? {
        return Err(error::iam::entity_exists(kind.entity(), name));
    }
    visit.look.enter(pass, kind.into())?;
    let tags = tags.map_or_else(Vec::new, |tags| stored(tags));
    Ok(PrincipalRow {
        kind,
        name: name.clone(),
        path: path.cloned().unwrap_or_else(|| Text::from("/")),
        id: kind.draw_id(&mut |out| visit.fill(out))?,
        arn: pass.resource().clone(),
        created: visit.observed(),
        description: Text::default(),
        max_session_secs: crate::model::principal::max_session_secs(None),
        trust: None,
        inline: Vec::new(),
        attached: Vec::new(),
        boundary: None,
        groups: Vec::new(),
        tags: TagRules::Iam.set(&[], &tags)?,
    })
}

/// The passes of a user or group as it is and as it is to be, and the row that it is to have. Both must be admitted: to be
/// allowed one name is not to be allowed to take another.
fn renaming<'v, A, B, L>(
    (act, renamed): (&A, &B),
    kind: PrincipalKind,
    name: &str,
    (new_path, new_name): (Option<&Text>, Option<&Text>),
    visit: &Visit<'v, L>,
) -> Result<Renaming<'v, A, B>, Error>
where
    A: Act<On = PrincipalLook>,
    B: Act<On = PrincipalLook>,
    L: Look,
{
    let before = admitted(act, kind, name, visit)?;
    let mut row = before.row().row.clone();
    row.path = new_path.unwrap_or(&row.path).clone();
    row.name = new_name.unwrap_or(&row.name).clone();
    row.arn = kind.arn(visit.home(), &row.path, &row.name);
    let after = visit.admit(renamed, visit.look.renamed(&before, row.clone()))?;
    Ok((before, after, row))
}
type Renaming<'v, A, B> = (Pass<'v, A, Arc<PrincipalEntry>>, Pass<'v, B, PrincipalLook>, PrincipalRow);

/// Puts the renamed row in the old one's place.
/// # Errors
/// `AlreadyExists`: another one has the name.
fn rename<A, B>(visit: &Writing<'_, '_>, (before, after, row): &Renaming<'_, A, B>) -> Result<(), Error>
where
    A: Act + Writes<PrincipalRow>,
    B: Act + Writes<PrincipalRow>,
{
    let old = &before.row().row;
    // Its own name in other letters is its own.
    if unique_key(&old.name) != unique_key(&row.name) {
        if visit.look.is_taken(after, row.kind, &row.name)? {
            return Err(error::iam::entity_exists(row.kind.entity(), &row.name));
        }
        visit.look.remove_principal(before, old)?;
    }
    visit.look.save_principal(after, row)
}

/// Removes a principal that has nothing left.
/// # Errors
/// `InvalidState` (AWS: DeleteConflict): policies or memberships.
fn remove<A: Writes<PrincipalRow> + Act>(
    visit: &Writing<'_, '_>,
    pass: &Pass<'_, A, Arc<PrincipalEntry>>,
) -> Result<(), Error> {
    let row = &pass.row().row;
    if !row.inline.is_empty() {
        return Err(error::iam::delete_policies_first());
    }
    if !row.attached.is_empty() {
        return Err(error::iam::detach_policies_first());
    }
    if !row.groups.is_empty() {
        return Err(error::iam::remove_from_groups_first());
    }
    visit.look.leave(pass, row.kind.into())?;
    visit.look.remove_principal(pass, row)
}

/// The users, roles or groups below a path, by name.
fn below(mut rows: Vec<PrincipalRow>, kind: PrincipalKind, prefix: Option<&Text>) -> Vec<PrincipalRow> {
    rows.retain(|row| row.kind == kind && prefix.is_none_or(|prefix| row.path.starts_with(prefix.as_str())));
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    rows
}

/// A page of all users, roles or groups below a path, as they are shown, and the marker of the next one.
fn listed<A, L, T>(
    act: &A,
    (kind, number, prefix): (PrincipalKind, u8, Option<&Text>),
    (marker, max): (Option<&str>, Option<i64>),
    visit: &Visit<'_, L>,
    shown: impl Fn(&PrincipalRow) -> T,
) -> Result<(Vec<T>, Option<Text>), Error>
where
    A: Act<On = Everything> + Scans<PrincipalRow>,
    L: Look,
{
    let all = visit.admit(act, visit.look.everything())?;
    let rows = below(visit.look.principals(&all)?, kind, prefix);
    let scope = prefix.map(Text::as_str).unwrap_or_default();
    let list = list(number, scope.as_bytes());
    let (page, next) = visit.page(&list, marker, max, &rows, |row| Place::by_text(&row.name))?;
    Ok((page.iter().map(shown).collect(), next))
}

fn list(number: u8, scope: &[u8]) -> List<'_> {
    List { number, scope, order: SortOrder::Ascending, size: 100, invalid: error::iam::invalid_marker }
}

/// A managed policy that is to bound a user or role.
/// # Errors
/// `NotFound`: there is none of that ARN.
fn boundary_of<A: Act, T, L: Look>(
    visit: &Visit<'_, L>,
    pass: &Pass<'_, A, T>,
    arn: Option<&Text>,
) -> Result<Option<Text>, Error> {
    let Some(arn) = arn else { return Ok(None) };
    visit.look.attachable(pass, arn)?.ok_or_else(|| error::iam::not_a_boundary(arn))?;
    Ok(Some(arn.clone()))
}
fn boundary_shown(row: &PrincipalRow) -> Option<shapes::AttachedPermissionsBoundary> {
    let arn = row.boundary.as_ref()?;
    Some(shapes::AttachedPermissionsBoundary::new(shapes::PermissionsBoundaryType::Policy, arn))
}
fn stored(tags: &[shapes::Tag]) -> Vec<Tag> {
    tags.iter().map(|tag| Tag { key: tag.key.clone(), value: tag.value.clone() }).collect()
}

fn tags_shown(row: &PrincipalRow) -> Option<Vec<shapes::Tag>> {
    let shown = row.tags.iter().map(|tag| shapes::Tag::new(&tag.key, &tag.value)).collect::<Vec<_>>();
    (!shown.is_empty()).then_some(shown)
}

/// Numbers of lists, so that a marker of one opens in no other.
mod number {
    pub(super) const USERS: u8 = 32;
    pub(super) const ROLES: u8 = 33;
    pub(super) const POLICIES: u8 = 34;
    pub(super) const GROUPS: u8 = 35;
    pub(super) const MEMBERS: u8 = 36;
    pub(super) const GROUPS_OF_USER: u8 = 37;
    pub(super) const ATTACHED: u8 = 38;
    pub(super) const TAGS: u8 = 39;
    pub(super) const MANAGED: u8 = 40;
    pub(super) const VERSIONS: u8 = 41;
    pub(super) const ENTITIES: u8 = 42;
    pub(super) const ACCESS_KEYS: u8 = 43;
    pub(super) const DEVICES: u8 = 44;
    pub(super) const DEVICES_OF_USER: u8 = 45;
    pub(super) const SIMULATION: u8 = 46;
    pub(super) const DETAILS: u8 = 47;
}
