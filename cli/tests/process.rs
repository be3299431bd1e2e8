//! The process itself: what it refuses before it reads a secret.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use common::Home;

/// A pipe with a name makes the two processes wait for each other: when it is open on both ends, the program is about to
/// read its passphrase, and whatever it does before that is done.
#[test]
fn no_core_file_and_no_debugger_before_the_first_secret_byte() {
    let home = Home::with_store();
    let pipe = home.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = home.command(["--passphrase-file", "pipe", "ls"]);
    command.env_remove("STRONGROOM_UNLOCK").stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut writer = std::fs::File::options().write(true).open(&pipe).unwrap();
    let of_process = std::path::Path::new("/proc").join(child.id().to_string());
    let limits = std::fs::read_to_string(of_process.join("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    // A process that cannot be dumped belongs to root there, whoever started it.
    assert_eq!(std::fs::metadata(of_process.join("environ")).unwrap().uid(), 0);
    writer.write_all(b"wrong").unwrap();
    drop(writer);
    assert_eq!(child.wait().unwrap().code(), Some(5));
}
