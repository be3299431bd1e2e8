//! Paging: a marker names the last row that was seen, not a count of rows, so that pages neither repeat nor skip what stayed
//! while others came and went. What is here is the marker's content; the keystore seals it into a token.

use std::cmp::Ordering;

use crate::clock::Timestamp;

/// Where a row stands in a list: by an instant, by text, or by the instant and then the text; `tie` is unique in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// Lists by text leave it at its default.
    pub moment: Option<Timestamp>,
    /// Lists by instant leave it empty.
    pub text: &'a str,
    /// The ARN or id.
    pub tie: &'a str,
}

impl<'a> Place<'a> {
    /// A place in a list by unique text: aliases by name, keys by id.
    pub(crate) fn by_text(text: &'a str) -> Self {
        Self { moment: None, text, tie: "" }
    }
    /// A place in a list by instant.
    pub(crate) fn by_moment(moment: Timestamp, tie: &'a str) -> Self {
        Self { moment: Some(moment), text: "", tie }
    }
    /// Which of two rows comes first. A row without instant counts as oldest; ties go by `tie` in either direction.
    pub(crate) fn compare(&self, other: &Self, order: SortOrder) -> Ordering {
        let keys = (self.moment, self.text).cmp(&(other.moment, other.text));
        order.of(keys).then_with(|| self.tie.cmp(other.tie))
    }

    /// The marker's content. At most 17 bytes longer than the texts.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        if let Some(moment) = self.moment {
            bytes.push(1);
            bytes.extend_from_slice(&moment.as_millis().to_be_bytes());
        } else {
            bytes.push(0);
        }
        // A text has at most 2,048 characters where requests are checked; a longer one makes a marker that opens nothing.
        bytes.extend_from_slice(&u32::try_from(self.text.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(self.text.as_bytes());
        bytes.extend_from_slice(self.tie.as_bytes());
        bytes
    }
    /// Reads a marker's content; `None`: made by something else, which a caller hears as an invalid token.
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let (&[format, timed], rest) = bytes.split_first_chunk::<2>()?;
        let (moment, rest) = match (format, timed) {
            (FORMAT, 0) => (None, rest),
            (FORMAT, 1) => {
                let (millis, rest) = rest.split_first_chunk::<8>()?;
                (Some(Timestamp::from_millis(i64::from_be_bytes(*millis))), rest)
            }
            _ => return None,
        };
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (text, tie) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
        Some(Self { moment, text: std::str::from_utf8(text).ok()?, tie: std::str::from_utf8(tie).ok()? })
    }
}

/// The direction of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SortOrder {
    Ascending,
    Descending,
}

impl SortOrder {
    /// Which of two comes first.
    pub(crate) fn of(self, keys: Ordering) -> Ordering {
        if self == Self::Descending { keys.reverse() } else { keys }
    }
}

/// One page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page<'a, T> {
    pub rows: &'a [T],
    /// Is there anything behind it? Then its last row goes into the next marker.
    pub more: bool,
}

/// The page after `last` of rows that stand in their order. `limit` 0 counts as 1: an empty page with more behind it would have
/// no row to name.
pub(crate) fn page<'a, T>(
    sorted: &'a [T],
    limit: usize,
    order: SortOrder,
    last: Option<&Place<'_>>,
    place: impl Fn(&T) -> Place<'_>,
) -> Page<'a, T> {
    let seen =
        last.map_or(0, |last| sorted.partition_point(|row| place(row).compare(last, order) != Ordering::Greater));
    let unseen = sorted.get(seen..).unwrap_or_default();
    match unseen.split_at_checked(limit.max(1)) {
        Some((rows, behind)) => Page { rows, more: !behind.is_empty() },
        None => Page { rows: unseen, more: false },
    }
}

const FORMAT: u8 = 1;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_marker_reads_back_what_it_was_made_of() {
        for place in [
            Place::by_text("alias/x"),
            Place::by_text(""),
            Place::by_moment(Timestamp::from_millis(-5), "arn"),
            Place { moment: Some(Timestamp::from_millis(i64::MAX)), text: "name \u{e4}", tie: "\0" },
        ] {
            assert_eq!(Place::from_bytes(&place.to_bytes()), Some(place));
        }
    }
    #[test]
    fn a_marker_of_something_else_reads_as_nothing() {
        let good = Place { moment: Some(Timestamp::default()), text: "text", tie: "tie" }.to_bytes();
        for len in 0..18 {
            assert_eq!(Place::from_bytes(&good[..len]), None, "cut at {len}");
        }
        for (at, byte) in [(0, 0), (0, 2), (1, 2), (10, 0xFF), (14, 0xFF)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(Place::from_bytes(&bad), None, "byte {at} is {byte}");
        }
    }
    #[test]
    fn a_row_without_instant_is_oldest_and_ties_go_by_name_both_ways() {
        let places = [
            Place { moment: None, text: "", tie: "a" },
            Place { moment: None, text: "", tie: "b" },
            Place::by_moment(Timestamp::from_millis(i64::MIN), "a"),
            Place::by_moment(Timestamp::from_secs(1), "a"),
            Place::by_moment(Timestamp::from_secs(1), "b"),
        ];
        let sorted = |order| {
            let mut sorted = places;
            sorted.sort_by(|one, other| one.compare(other, order));
            sorted.map(|place| (place.moment.map(Timestamp::as_secs), place.tie))
        };
        let far = i64::MIN.div_euclid(1000);
        assert_eq!(
            sorted(SortOrder::Ascending),
            [(None, "a"), (None, "b"), (Some(far), "a"), (Some(1), "a"), (Some(1), "b")]
        );
        assert_eq!(
            sorted(SortOrder::Descending),
            [(Some(1), "a"), (Some(1), "b"), (Some(far), "a"), (None, "a"), (None, "b")]
        );
    }
    #[test]
    fn the_last_page_says_that_nothing_follows() {
        let rows = ["a", "b", "c", "d"];
        let at = |last: Option<&str>, limit| {
            page(&rows, limit, SortOrder::Ascending, last.map(Place::by_text).as_ref(), |row| Place::by_text(row))
        };
        assert_eq!(at(None, 2), Page { rows: &["a", "b"], more: true });
        assert_eq!(at(Some("b"), 2), Page { rows: &["c", "d"], more: false });
        assert_eq!(at(None, 4), Page { rows: &rows, more: false });
        assert_eq!(at(None, usize::MAX), Page { rows: &rows, more: false });
        assert_eq!(at(Some("d"), 2), Page { rows: &[], more: false });
        assert_eq!(at(Some("bb"), 1), Page { rows: &["c"], more: true }, "the row named may be gone");
        assert_eq!(at(None, 0), Page { rows: &["a"], more: true });
    }

    proptest! {
        /// Rows come and go between pages; whatever stays is shown exactly once.
        #[test]
        fn pages_show_every_row_that_stayed_exactly_once(
            start in proptest::collection::btree_set((0..6_i64, "[a-d]{1,2}"), 0..40),
            changes in proptest::collection::vec((any::<bool>(), (0..6_i64, "[a-d]{1,2}")), 0..40),
            limit in 1..7_usize,
            descending in any::<bool>(),
        ) {
            let order = if descending { SortOrder::Descending } else { SortOrder::Ascending };
            let place = |row: &(i64, String)| -> (Option<Timestamp>, String) { (Some(Timestamp::from_secs(row.0)), row.1.clone()) };
            let mut rows = start.clone();
            let mut stayed = start.clone();
            let mut changes = changes.into_iter();
            let mut marker: Option<Vec<u8>> = None;
            let mut shown: Vec<(i64, String)> = Vec::new();
            loop {
                let mut sorted: Vec<_> = rows.iter().cloned().collect();
                let at = |row: &(i64, String)| place(row);
                sorted.sort_by(|one, other| {
                    let (one, other) = (at(one), at(other));
                    Place { moment: one.0, text: "", tie: &one.1 }.compare(&Place { moment: other.0, text: "", tie: &other.1 }, order)
                });
                let last = marker.as_deref().map(|bytes| Place::from_bytes(bytes).unwrap());
                let next = page(&sorted, limit, order, last.as_ref(), |row| Place::by_moment(Timestamp::from_secs(row.0), &row.1));
                prop_assert!(next.rows.len() <= limit);
                shown.extend(next.rows.iter().cloned());
                if !next.more {
                    break;
                }
                let row = next.rows.last().unwrap();
                marker = Some(Place::by_moment(Timestamp::from_secs(row.0), &row.1).to_bytes());
                for (insert, row) in changes.by_ref().take(3) {
                    if insert {
                        rows.insert(row);
                    } else {
                        rows.remove(&row);
                        stayed.remove(&row);
                    }
                }
            }
            let once: BTreeSet<_> = shown.iter().cloned().collect();
            prop_assert_eq!(once.len(), shown.len(), "a row was shown twice");
            prop_assert!(stayed.is_subset(&once), "a row that stayed was skipped");
        }
    }
}
