//! BatchGetSecretValue.

use super::{filters_of, list};
use crate::access::{Everything, Pass};
use crate::error::{self, Error, ErrorKind};
use crate::ledger::Look;
use crate::model::filter::{Listed, Sort, Wanted};
use crate::name::{PARTITION, Text};
use crate::operation::Operation;
use crate::operation::secretsmanager::{
    APIErrorType, BatchGetSecretValue, BatchGetSecretValueResponse, GetSecretValue, GetSecretValueResponse,
    SecretValueEntry,
};
use crate::walk::visit::{List, Marker};
use crate::walk::{Read, Visit, outcome, reads};

reads!(BatchGetSecretValue);

impl Read for BatchGetSecretValue {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<BatchGetSecretValueResponse, Error> {
        let (caller, home) = (&visit.call.standing.who.account, visit.home());
        // A batch is a call within the caller's own account, whosever secrets it names.
        let all = visit.admit(
            self,
            if *caller == home.account {
                visit.look.everything()
            } else {
                visit.look.elsewhere(&format!("arn:{PARTITION}:secretsmanager:{}:{caller}:*", home.region))
            },
        )?;
        match (&self.secret_id_list, self.is_by_filters()) {
            (Some(_), true) | (None, false) => Err(error::secretsmanager::either_list_or_filters()),
            (Some(_), false) if self.max_results.is_some() => Err(error::secretsmanager::page_without_filters()),
            // A list has no pages, so no token can be its own.
            (Some(_), false) if self.next_token.is_some() => Err(error::secretsmanager::invalid_next_token()),
            (Some(ids), false) => read_each(visit, ids),
            // Of another account's secrets none is stored here: there is nothing to find.
            (None, true) if *caller != home.account => Ok(BatchGetSecretValueResponse::new(Vec::new(), Vec::new())),
            (None, true) => self.read_found(visit, &all),
        }
    }
}

impl BatchGetSecretValue {
    /// A page of the secrets that the filters find, the newest first; scheduled ones and those without a value are passed over.
    fn read_found<'v, L: Look>(
        &self,
        visit: &Visit<'v, L>,
        all: &Pass<'v, Self, Everything>,
    ) -> Result<BatchGetSecretValueResponse, Error> {
        let filters = filters_of(self.filters.as_deref())?;
        let sort = Sort::read(None, None);
        let scope = format!("{:?}", self.filters);
        let list = List {
            number: list::VALUES,
            scope: scope.as_bytes(),
            order: sort.order,
            size: 20,
            invalid: error::secretsmanager::invalid_next_token,
        };
        let marker = visit.marker(&list, self.next_token.as_deref())?;
        let wanted = Wanted {
            filters: &filters,
            sort,
            planned: false,
            valued: true,
            region: &visit.home().region,
            observed: visit.observed(),
            after: marker.as_ref().map(Marker::place).transpose()?,
            limit: list.limit(self.max_results),
        };
        let (rows, more) = visit.look.secrets(all, &wanted)?;
        let ids: Vec<Text> = rows.iter().map(|row| row.arn.clone()).collect();
        let mut answer = read_each(visit, &ids)?;
        if let Some(last) = rows.last().filter(|_| more) {
            answer.next_token = Some(visit.next_token(&list, &sort.place(&Listed::from(last)))?);
        }
        Ok(answer)
    }
}

/// Each secret on the walk of GetSecretValue, with its own decisions and its own record.
fn read_each<L: Look>(visit: &Visit<'_, L>, ids: &[Text]) -> Result<BatchGetSecretValueResponse, Error> {
    let begun = visit.call.decided();
    let (mut values, mut errors) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        let answer = GetSecretValue::new(id).walk(visit);
        visit.part(GetSecretValue::SERVICE, GetSecretValue::NAME, outcome(&answer), begun)?;
        match answer {
            Ok(value) => values.push(entry(value)),
            Err(refused) if spoils_the_batch(&refused) => return Err(refused),
            Err(refused) => errors.push(APIErrorType::new(id, refused.code(), refused.message().to_string())),
        }
    }
    Ok(BatchGetSecretValueResponse::new(values, errors))
}

fn entry(value: GetSecretValueResponse) -> SecretValueEntry {
    let mut entry = SecretValueEntry::new(value.arn, value.name, value.version_id);
    entry.secret_string = value.secret_string;
    entry.secret_binary = value.secret_binary;
    entry.version_stages = value.version_stages;
    entry.created_date = value.created_date;
    entry
}

/// A fault of the whole store is no secret's own: it would be the answer for all of them. Damage is where it is found.
fn spoils_the_batch(refused: &Error) -> bool {
    refused.status() >= 500 && !matches!(refused.kind(), ErrorKind::Damaged | ErrorKind::Tampered)
}
