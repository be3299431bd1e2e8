//! The store end to end: create, put, get.

use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue};
use strongroom::{Strongroom, Unlock};

#[test]
fn a_secret_goes_in_and_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("app.strongroom");
    let key = || Unlock::root_key([7_u8; 32].as_slice());
    let room = Strongroom::create(&path, key()).unwrap();
    let root = room.root();
    root.create_secret(CreateSecret::text("prod/db", "hunter2")).unwrap();
    assert_eq!(root.get_secret_value("prod/db").unwrap().value(), b"hunter2");
    root.put_secret_value(PutSecretValue::text("prod/db", "hunter3")).unwrap();
    assert_eq!(root.get_secret_value("prod/db").unwrap().value(), b"hunter3");
    drop((root, room));
    let room = Strongroom::open(&path, key()).unwrap();
    assert_eq!(room.root().get_secret_value("prod/db").unwrap().value(), b"hunter3");
}
