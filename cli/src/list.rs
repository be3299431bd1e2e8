//! `strongroom ls`.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Args, ValueEnum};
use strongroom::clock::{Clock as _, SystemClock, Timestamp};
use strongroom::name::Text;
use strongroom::operation::secretsmanager::{Filter, ListSecrets, ListSecretsResponse, SecretListEntry};
use strongroom::{DueItem, DueKind, Error, Session};

use crate::failure::{Done, Exit, Failure};
use crate::pairs::{pair, span};
use crate::pattern;
use crate::run::Run;
use crate::terminal::note;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom ls\n  strongroom ls 'prod/**' --tag env=prod\n  strongroom ls --filter 'all=orders primary' --filter 'name=!test'\n  strongroom ls --expiring 30d\n  strongroom ls 'prod/**' --unused 90d\n  strongroom -q ls | xargs -n1 strongroom describe"
)]
pub struct List {
    /// Names: `*` any text but `/`, `**` any text, `?` one character
    pattern: Option<String>,
    /// Those with this tag; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair)]
    tag: Vec<(String, String)>,
    /// AWS's filters: name, description, tag-key, tag-value, primary-region, owning-service or all; several values are
    /// alternatives, several filters must all match, `!` before a value turns it round
    #[arg(long, value_name = "KEY=VALUE[,VALUE]", value_parser = pair)]
    filter: Vec<(String, String)>,
    /// Those whose value stops being of use within this time, or has stopped already; see `expire`
    #[arg(long, value_name = "TIME", value_parser = span)]
    expiring: Option<Duration>,
    /// Those that nobody has read for so long, and that were not made since
    #[arg(long, value_name = "TIME", value_parser = span)]
    unused: Option<Duration>,
    /// Those whose rotation is due, or has failed and will be tried again
    #[arg(long)]
    rotation_due: bool,
    /// Those scheduled for deletion too
    #[arg(long)]
    deleted: bool,
    /// Order
    #[arg(long, value_enum, default_value_t = Sort::Name)]
    sort: Sort,
    /// Backwards
    #[arg(long)]
    reverse: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    Name,
    Created,
    Changed,
    Accessed,
}

impl List {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let found = self.gather(session)?;
            let answer = ListSecretsResponse::new(found);
            let members: &[&str] = if self.deleted {
                &["Name", "LastChangedDate", "DeletedDate", "Description", "Tags"]
            } else {
                &["Name", "LastChangedDate", "Description", "Tags"]
            };
            run.out.list(&answer, &answer.secret_list, members)
        })
    }
    fn gather(&self, session: &Session) -> Result<Vec<SecretListEntry>, Failure> {
        let mut request =
            ListSecrets::new().sort_by(self.sort.aws()).sort_order(if self.reverse { "desc" } else { "asc" });
        request.include_planned_deletion = self.deleted.then_some(true);
        let mut filters: Vec<_> = self.tag.iter().map(|(key, _)| Filter::by("tag-key", [key.as_str()])).collect();
        filters.extend(self.filter.iter().map(|(key, values)| Filter::by(key.as_str(), values.split(','))));
        request.filters = Some(filters);
        let mut found = listed(session, &request, self.pattern.as_deref())?;
        found.retain(|entry| self.has_tags(entry));
        if let Some(within) = self.expiring {
            let due = due(session, within, |item| item.kind == DueKind::Expiry)?;
            found.retain(|entry| due.contains(&entry.arn));
        }
        if self.rotation_due {
            let of_rotation = |item: &DueItem| matches!(item.kind, DueKind::Rotation | DueKind::RotationFailed);
            let due = due(session, Duration::ZERO, of_rotation)?;
            found.retain(|entry| due.contains(&entry.arn));
        }
        if let Some(unused) = self.unused {
            let millis = i64::try_from(unused.as_millis()).unwrap_or(i64::MAX);
            let since = SystemClock.now().plus_millis(millis.saturating_neg());
            let before = |date: Option<Timestamp>| date.is_none_or(|date| date < since);
            found.retain(|entry| before(entry.last_accessed_date) && before(entry.created_date));
        }
        Ok(found)
    }
    fn has_tags(&self, entry: &SecretListEntry) -> bool {
        let has = |key: &str, value: &str| entry.tags.iter().flatten().any(|tag| tag.key == key && tag.value == value);
        self.tag.iter().all(|(key, value)| has(key, value))
    }
}

/// ARNs of the secrets that are due for such a reason.
fn due(session: &Session, within: Duration, wanted: impl Fn(&DueItem) -> bool) -> Result<BTreeSet<Text>, Failure> {
    let found = session.due(within)?;
    if found.more > 0 {
        note(&format!("note: the {} dates after the first thousand were not looked at", found.more));
    }
    Ok(found.items.into_iter().filter(wanted).map(|item| item.arn).collect())
}

/// All that `request` lists, page by page, and of these the ones whose whole name matches.
pub fn listed(session: &Session, request: &ListSecrets, pattern: Option<&str>) -> Result<Vec<SecretListEntry>, Error> {
    let mut filters = request.filters.clone().unwrap_or_default();
    // The store looks by prefix; the rest of the pattern is matched here.
    let prefix = pattern.map(pattern::prefix).filter(|prefix| !prefix.is_empty() && !prefix.starts_with('!'));
    if let Some(prefix) = prefix {
        filters.insert(0, Filter::by("name", [prefix]));
    }
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let mut request = request.clone().max_results(100);
        request.filters = (!filters.is_empty()).then(|| filters.clone());
        request.next_token = next;
        let page = session.list_secrets(request)?;
        let wanted = |entry: &SecretListEntry| pattern.is_none_or(|pattern| pattern::matches(pattern, &entry.name));
        found.extend(page.secret_list.into_iter().filter(wanted));
        next = page.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// Names of the secrets that a pattern means, in order. A name without `*` and `?` means itself and is not looked for: whoever may
/// read it need not be allowed to list.
pub fn names(session: &Session, pattern: &str) -> Result<Vec<Text>, Failure> {
    if !pattern::is_pattern(pattern) {
        return Ok(vec![Text::from(pattern)]);
    }
    let found = listed(session, &ListSecrets::new().sort_by("name").sort_order("asc"), Some(pattern))?;
    if found.is_empty() {
        let shown = crate::flat::harmless(pattern);
        return Err(Failure::new(Exit::NotFound, "NotFound", format!("no secret matches `{shown}`")));
    }
    Ok(found.into_iter().map(|entry| entry.name).collect())
}

impl Sort {
    fn aws(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Created => "created-date",
            Self::Changed => "last-changed-date",
            Self::Accessed => "last-accessed-date",
        }
    }
}
