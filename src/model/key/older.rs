//! Keys as earlier releases wrote them.

use serde::{Deserialize, Serialize};

use super::{Came, KeyManager, KeyOrigin, KeyRow, KeySpec, KeyState, MaterialRow, Rotation};
use crate::clock::Timestamp;
use crate::model::hex::unhex;
use crate::model::{StoredPolicy, Tag};
use crate::name::Text;

/// Version 1: before rotation and import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyRowV1 {
    id: [u8; 16],
    arn: Text,
    description: Text,
    created: Timestamp,
    manager: KeyManager,
    spec: KeySpec,
    origin: KeyOrigin,
    multi_region: bool,
    state: KeyState,
    policy: StoredPolicy,
    tags: Vec<Tag>,
    materials: Vec<MaterialRowV1>,
    aliases: Vec<Text>,
    grants: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MaterialRowV1 {
    version: u32,
    id: Text,
    created: Timestamp,
}

impl KeyRowV1 {
    /// The key as it is now; `None`: an id of a material is none.
    pub(crate) fn renewed(self) -> Option<KeyRow> {
        let old = self;
        let material =
            |old: MaterialRowV1| Some(MaterialRow::made(old.version, unhex(&old.id)?, old.created, Came::First));
        Some(KeyRow {
            id: old.id,
            arn: old.arn,
            description: old.description,
            created: old.created,
            manager: old.manager,
            spec: old.spec,
            origin: old.origin,
            multi_region: old.multi_region,
            state: old.state,
            policy: old.policy,
            tags: old.tags,
            materials: old.materials.into_iter().map(material).collect::<Option<_>>()?,
            aliases: old.aliases,
            grants: old.grants,
            rotation: Rotation::starting(old.manager, old.created),
            last_use: None,
        })
    }
}
