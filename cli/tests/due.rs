//! Dates of secrets, and puts on condition, on the command line.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;
use serde_json::Value;

#[track_caller]
fn usage(home: &Home, arguments: &[&str]) {
    assert_eq!(home.run(arguments).0.status.code(), Some(2));
}
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_expires_or_goes_is_listed_by_date() {
    let home = Home::with_store();
    for name in ["late", "soon", "far", "doomed", "never"] {
        home.ok_with("v", ["put", name]);
    }
    assert_eq!(home.ok(["due"]), "");
    assert_eq!(home.ok(["expire", "late", "--at", "2020-01-31"]), "late\t2020-01-31T00:00:00.000Z\n");
    home.ok(["expire", "soon", "--in", "36h"]);
    home.ok(["expire", "far", "--in", "400d"]);
    assert_eq!(home.ok(["expire", "never", "--never"]), "never\n");
    home.ok(["rm", "doomed", "--window", "7d"]);
    let names = |within: &str| home.ok(["-q", "due", "--within", within]);
    assert_eq!(names("60m"), "late\n");
    assert_eq!(names("2d"), "late\nsoon\n");
    assert_eq!(home.ok(["-q", "due"]), "late\nsoon\ndoomed\n");
    assert_eq!(names("500d"), "late\nsoon\ndoomed\nfar\n");
    let first = home.ok(["due"]).lines().next().unwrap().to_owned();
    assert_eq!(first, "late\tExpiry\t2020-01-31T00:00:00.000Z\ttrue");
    let told = json(&home.ok(["--output", "json", "due"]));
    assert_eq!((&told["DueList"][0]["Date"], &told["More"]), (&Value::from(1_580_428_800), &Value::from(0)));
    assert_eq!((&told["DueList"][2]["Kind"], &told["DueList"][2]["Overdue"]), (&"Deletion".into(), &false.into()));
    assert!(told["DueList"][1]["ARN"].as_str().unwrap().contains(":secret:soon-"));
    home.ok(["expire", "late", "--never"]);
    assert_eq!(names("60m"), "");
    usage(&home, &["expire", "late"]);
    usage(&home, &["expire", "late", "--in", "3"]);
    home.run(["expire", "nothing", "--in", "3d"]).refused(3, "NotFound");
    home.ok(["user", "create", "ci"]);
    home.run(["--as", "user/ci", "due"]).refused(4, "AccessDenied");
    home.run(["--as", "user/ci", "expire", "late", "--never"]).refused(4, "AccessDenied");
}

#[test]
fn a_put_on_condition_overwrites_no_other_version() {
    let home = Home::with_store();
    home.run_with("v", ["put", "a", "--if-version", "none"]).refused(3, "NotFound");
    home.ok_with("1", ["put", "a"]);
    let version = |name: &str| home.ok(["-q", "get", name]).trim().to_owned();
    let first = version("a");
    home.ok_with("2", ["put", "a", "--if-version", &first]);
    let told = home.run_with("3", ["put", "a", "--if-version", &first]).refused(8, "Conflict");
    assert!(told.contains(&version("a")), "{told}");
    home.run_with("3", ["put", "a", "--if-version", "none"]).refused(8, "Conflict");
    assert_eq!(home.ok(["get", "a"]), "2");
    usage(&home, &["put", "a", "--if-version", &first, "--new"]);
}
