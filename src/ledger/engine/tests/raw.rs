//! Surgery: the database opened beside the engine, without a key, as somebody with the file would.

use std::sync::Arc;

use redb::{Database, ReadableDatabase, ReadableTable, WriteTransaction};

use super::*;
use crate::ledger::backend::Shifted;
use crate::ledger::engine::view::definition;
use crate::testing::MemoryBackend;

fn database(disk: &MemoryBackend) -> Database {
    Database::builder().create_with_backend(Shifted::existing(Arc::new(disk.clone()))).unwrap()
}

/// The image after an edit in one transaction of the bare database.
pub(super) fn edited(image: &[u8], edit: impl FnOnce(&WriteTransaction)) -> Vec<u8> {
    let disk = MemoryBackend::from_image(image.to_vec());
    let database = database(&disk);
    let mut transaction = database.begin_write().unwrap();
    transaction.set_quick_repair(true);
    edit(&transaction);
    transaction.commit().unwrap();
    drop(database);
    disk.image()
}

/// A row as stored.
pub(super) fn row(image: &[u8], table: Table, key: &[u8]) -> Option<Vec<u8>> {
    let disk = MemoryBackend::from_image(image.to_vec());
    let database = database(&disk);
    let transaction = database.begin_read().unwrap();
    let table = transaction.open_table(definition(table)).unwrap();
    ReadableTable::get(&table, key).unwrap().map(|row| row.value().to_vec())
}

/// Which of these keys a look-up does not find, and how many a scan does.
pub(super) fn lost(image: &[u8], table: Table, keys: &[RowKey]) -> (Vec<RowKey>, usize) {
    let disk = MemoryBackend::from_image(image.to_vec());
    let database = database(&disk);
    let transaction = database.begin_read().unwrap();
    let table = transaction.open_table(definition(table)).unwrap();
    let lost = keys.iter().filter(|key| ReadableTable::get(&table, key.as_slice()).unwrap().is_none());
    (lost.copied().collect(), table.iter().unwrap().count())
}

/// The image with one row put, whatever was there.
pub(super) fn with_row(image: &[u8], table: Table, key: &[u8], stored: &[u8]) -> Vec<u8> {
    edited(image, |transaction| {
        transaction.open_table(definition(table)).unwrap().insert(key, stored).unwrap();
    })
}

/// The image with one row less.
pub(super) fn without_row(image: &[u8], table: Table, key: &[u8]) -> Vec<u8> {
    edited(image, |transaction| {
        assert!(transaction.open_table(definition(table)).unwrap().remove(key).unwrap().is_some());
    })
}
