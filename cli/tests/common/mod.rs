//! A home of its own for each test: nothing of the machine's settings reaches the program.

#![allow(dead_code, reason = "each test file uses its part")]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub mod golden;
pub mod pty;
pub mod tree;

pub const BINARY: &str = env!("CARGO_BIN_EXE_strongroom");

pub struct Home {
    folder: TempDir,
    root_key: bool,
}

impl Home {
    /// Without a store.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), root_key: false }
    }
    /// With a store under a raw root key: nothing to harden, so quick.
    pub fn with_store() -> Self {
        let mut home = Self::empty();
        home.root_key = true;
        home.ok(["init", "--create-keyfile"]);
        home
    }
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    pub fn store(&self) -> PathBuf {
        self.path("test.strongroom")
    }
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
    /// A file that only its owner can read.
    pub fn write_private(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.write(name, content);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
    pub fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(BINARY);
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path()).args(arguments);
        if self.root_key {
            command.env("STRONGROOM_STORE", self.store()).env("STRONGROOM_UNLOCK", "root-key:root.key");
        }
        command
    }
    pub fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        Ran::of(self.command(arguments), b"")
    }
    pub fn run_with(&self, input: impl AsRef<[u8]>, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        Ran::of(self.command(arguments), input.as_ref())
    }
    /// Must succeed; returns standard output as text.
    #[track_caller]
    pub fn ok(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        self.run(arguments).ok()
    }
    #[track_caller]
    pub fn ok_with(&self, input: impl AsRef<[u8]>, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        self.run_with(input, arguments).ok()
    }
}

pub struct Ran(pub Output);

impl Ran {
    pub fn of(mut command: Command, input: &[u8]) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A program that refuses before it reads closes the pipe: no fault of the test.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Self(output)
    }
    pub fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }
    pub fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }
    #[track_caller]
    pub fn ok(&self) -> String {
        assert_eq!(self.0.status.code(), Some(0), "{}", self.err());
        self.out()
    }
    /// Must fail with this code, this word in brackets, nothing on standard output; returns standard error.
    #[track_caller]
    pub fn refused(&self, exit: i32, label: &str) -> String {
        let told = self.err();
        assert_eq!(self.0.status.code(), Some(exit), "{told}");
        assert!(told.contains(&format!("error[{label}]: ")), "{told}");
        assert_eq!(self.out(), "", "an error leaves standard output alone");
        told
    }
}

pub fn vectors(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/iam").join(file)).unwrap()
}
