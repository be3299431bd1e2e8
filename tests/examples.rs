//! Goal: what `examples/` shows works. Method: each is run, not only compiled.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../examples/assume_role.rs"]
mod assume_role;
#[path = "../examples/customer_key.rs"]
mod customer_key;
#[path = "../examples/embed.rs"]
mod embed;

#[test]
fn each_example_runs_to_its_end() {
    embed::main().unwrap();
    assume_role::main().unwrap();
    customer_key::main().unwrap();
}
