//! Tags of users, roles and managed policies: Tag, Untag, List.

use super::{admitted, list, managed_policy, number, stored};
use crate::error::Error;
use crate::ledger::Look;
use crate::model;
use crate::model::paging::Place;
use crate::model::principal::PrincipalKind;
use crate::model::tag::TagRules;
use crate::name::Text;
use crate::operation::iam::{
    ListPolicyTags, ListPolicyTagsResponse, ListRoleTags, ListRoleTagsResponse, ListUserTags, ListUserTagsResponse,
    Tag, TagPolicy, TagPolicyResponse, TagRole, TagRoleResponse, TagUser, TagUserResponse, UntagPolicy,
    UntagPolicyResponse, UntagRole, UntagRoleResponse, UntagUser, UntagUserResponse,
};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

fn page<L: Look>(
    visit: &Visit<'_, L>,
    (id, tags): (&Text, &[model::Tag]),
    (marker, max): (Option<&Text>, Option<i64>),
) -> Result<(Vec<Tag>, Option<Text>), Error> {
    let mut tags = tags.to_vec();
    tags.sort_by(|one, other| one.key.cmp(&other.key));
    let list = list(number::TAGS, id.as_bytes());
    let (page, next) = visit.page(&list, marker.map(Text::as_str), max, &tags, |tag| Place::by_text(&tag.key))?;
    Ok((page.iter().map(|tag| Tag::new(&tag.key, &tag.value)).collect(), next))
}

macro_rules! tags_of_principals {
    ($kind:ident, $owner:ident: $tag:ident -> $tag_answer:ident, $untag:ident -> $untag_answer:ident,
        $list:ident -> $list_answer:ident) => {
        writes!($tag, $untag);
        reads!($list);

        impl Write for $tag {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, PrincipalKind::$kind, &self.$owner, visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$tag_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                let mut row = owner.row().row.clone();
                row.tags = TagRules::Iam.set(&row.tags, &stored(&self.tags))?;
                visit.look.save_principal(&owner, &row)?;
                Ok($tag_answer::new())
            }
        }
        impl Write for $untag {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, PrincipalKind::$kind, &self.$owner, visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$untag_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                let mut row = owner.row().row.clone();
                row.tags = TagRules::Iam.remove(&row.tags, &self.tag_keys);
                visit.look.save_principal(&owner, &row)?;
                Ok($untag_answer::new())
            }
        }
        impl Read for $list {
            fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<$list_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                let row = &owner.row().row;
                let (tags, next) = page(visit, (&row.id, &row.tags), (self.marker.as_ref(), self.max_items))?;
                let mut answer = $list_answer::new(tags, next.is_some());
                answer.marker = next;
                Ok(answer)
            }
        }
    };
}
tags_of_principals!(User, user_name: TagUser -> TagUserResponse, UntagUser -> UntagUserResponse,
    ListUserTags -> ListUserTagsResponse);
tags_of_principals!(Role, role_name: TagRole -> TagRoleResponse, UntagRole -> UntagRoleResponse,
    ListRoleTags -> ListRoleTagsResponse);

writes!(TagPolicy, UntagPolicy);
reads!(ListPolicyTags);

impl Write for TagPolicy {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        managed_policy::admitted(self, &self.policy_arn, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<TagPolicyResponse, Error> {
        let policy = managed_policy::admitted(self, &self.policy_arn, visit)?;
        let mut row = managed_policy::own(visit, &policy)?;
        row.tags = TagRules::Iam.set(&row.tags, &stored(&self.tags))?;
        visit.look.save_policy(&policy, &row)?;
        Ok(TagPolicyResponse::new())
    }
}
impl Write for UntagPolicy {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        managed_policy::admitted(self, &self.policy_arn, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UntagPolicyResponse, Error> {
        let policy = managed_policy::admitted(self, &self.policy_arn, visit)?;
        let mut row = managed_policy::own(visit, &policy)?;
        row.tags = TagRules::Iam.remove(&row.tags, &self.tag_keys);
        visit.look.save_policy(&policy, &row)?;
        Ok(UntagPolicyResponse::new())
    }
}
impl Read for ListPolicyTags {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListPolicyTagsResponse, Error> {
        let policy = managed_policy::admitted(self, &self.policy_arn, visit)?;
        let row = policy.row();
        let (tags, next) = page(visit, (&row.id, &row.tags), (self.marker.as_ref(), self.max_items))?;
        let mut answer = ListPolicyTagsResponse::new(tags, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}
