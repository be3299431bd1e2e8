//! Tests of the engine on disks in memory and on files. The rigs are those of `crate::testing`.

mod audit;
mod crash;
mod fault;
mod files;
mod raw;
mod tamper;
mod transactions;

use std::collections::BTreeMap;
use std::sync::Arc;

use redb::StorageBackend;
use strongroom_keystore::{Barrier, Hardening, Limits, Root, RowKey, SeededEntropy, Unlock};

use super::*;
use crate::clock::Timestamp;

const STORE: [u8; 16] = *b"a store for test";
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

pub(super) fn secret(byte: u8) -> Unlock {
    Unlock::root_key([byte; 32].to_vec())
}

pub(super) fn new_root(seed: u64) -> (Root, Barrier) {
    let entropy = Arc::new(SeededEntropy::new(seed));
    let (root, _, _, barrier) = Root::create(STORE, false, &secret(1), &Hardening::FLOOR, entropy).unwrap();
    (root, barrier)
}

pub(super) fn create(storage: Storage, seed: u64) -> Result<(Engine, Root), EngineError> {
    let (root, barrier) = new_root(seed);
    let engine = Engine::create(storage, Header::of(&root), barrier, Options::default(), NOW)?;
    Ok((engine, root))
}

pub(super) fn open_with(storage: Storage, byte: u8, options: Options) -> Result<(Engine, Root), EngineError> {
    Engine::open(storage, options, NOW, |region| {
        let entropy = Arc::new(SeededEntropy::new(99));
        let (root, _, _, barrier) =
            Root::unlock(region, &secret(byte), &Limits::default(), entropy).map_err(EngineError::Keystore)?;
        Ok((Header::of(&root), barrier, root))
    })
}

pub(super) fn open(storage: Storage) -> Result<(Engine, Root), EngineError> {
    open_with(storage, 1, Options::default())
}

pub(super) fn on(backend: &(impl StorageBackend + Clone)) -> Storage {
    Storage::custom(Box::new(backend.clone()))
}

pub(super) fn key(engine: &Engine, table: Table, name: &str) -> RowKey {
    engine.barrier().row_key(table.id(), &[name.as_bytes()])
}

/// What a table holds, by the model's measure.
pub(super) type Rows = BTreeMap<(Table, RowKey), Vec<u8>>;

/// Everything in the store but the control rows, opened; version rows as stored.
pub(super) fn read_all(view: &EngineView) -> Result<Rows, EngineError> {
    let mut rows = Rows::new();
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Control) {
        if table == Table::Versions {
            view.scan_sealed::<EngineError>(table, None, |key, stored| {
                rows.insert((table, *key), stored.to_vec());
                Ok(std::ops::ControlFlow::Continue(()))
            })?;
        } else {
            view.scan::<EngineError>(table, None, |key, row| {
                rows.insert((table, *key), row.data().to_vec());
                Ok(std::ops::ControlFlow::Continue(()))
            })?;
        }
    }
    Ok(rows)
}
