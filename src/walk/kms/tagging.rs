//! TagResource, UntagResource, ListResourceTags.

use super::{admitted, list};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::Tag;
use crate::model::key::KeyRule;
use crate::model::paging::{Place, SortOrder};
use crate::model::tag::TagRules;
use crate::operation::kms::{
    self, ListResourceTags, ListResourceTagsResponse, TagResource, TagResourceResponse, UntagResource,
    UntagResourceResponse,
};
use crate::walk::visit::List;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(ListResourceTags);
writes!(TagResource, UntagResource);

impl Write for TagResource {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<TagResourceResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::Annotate, visit.observed())?;
        let new: Vec<Tag> = self.tags.iter().map(stored).collect();
        row.tags = TagRules::Kms.set(&row.tags, &new)?;
        visit.look.save_key(&key, &row)?;
        Ok(TagResourceResponse::new())
    }
}

/// A tag as rows have it.
pub(super) fn stored(tag: &kms::Tag) -> Tag {
    Tag { key: tag.tag_key.clone(), value: tag.tag_value.clone() }
}

impl Write for UntagResource {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UntagResourceResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::Annotate, visit.observed())?;
        row.tags = TagRules::Kms.remove(&row.tags, &self.tag_keys);
        visit.look.save_key(&key, &row)?;
        Ok(UntagResourceResponse::new())
    }
}

impl Read for ListResourceTags {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListResourceTagsResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        if self.limit.is_some_and(|limit| limit > 50) {
            return Err(error::kms::tag_page_too_long());
        }
        let list = List {
            number: list::TAGS,
            scope: key.resource().as_bytes(),
            order: SortOrder::Ascending,
            size: 50,
            invalid: error::kms::invalid_marker,
        };
        // As they were set. A tag's place is its number, counted so that the one where the last page ended has the number that
        // it had then, though others before it may have gone.
        let tags = &key.row().entry.row.tags;
        let opened =
            self.marker.as_deref().and_then(|marker| visit.keystore.open_marker(list.number, list.scope, marker));
        let last = opened.as_deref().and_then(Place::from_bytes);
        let behind = last.and_then(|last| {
            let now = tags.iter().position(|tag| *tag.key == *last.tie)?;
            last.moment?.as_millis().checked_sub(i64::try_from(now).ok()?)
        });
        let numbers = behind.unwrap_or_default()..;
        let tags: Vec<(Timestamp, &Tag)> = numbers.map(Timestamp::from_millis).zip(tags).collect();
        let (page, next) = visit.page(&list, self.marker.as_deref(), self.limit, &tags, |(number, tag)| {
            Place::by_moment(*number, &tag.key)
        })?;
        let tags: Vec<kms::Tag> = page.iter().map(|(_, tag)| kms::Tag::new(&tag.key, &tag.value)).collect();
        let mut answer = ListResourceTagsResponse::new(tags, next.is_some());
        answer.next_marker = next;
        Ok(answer)
    }
}
