//! The strongroom command line.
fn main() {}
