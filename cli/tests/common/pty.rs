//! A terminal of our own: the program under test is the leader of its session, as a shell's foreground program is to a person.

#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on says so by panicking")]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::process::{Child, Command, Stdio};

use rustix::fs::OFlags;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use super::{BINARY, Home};

pub struct Pty {
    person: File,
    /// Kept open, so that the terminal outlives the program and shows how it was left.
    terminal: File,
    seen: String,
}

impl Pty {
    pub fn open() -> Self {
        let person: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = std::ffi::OsString::from_vec(ptsname(&person, Vec::new()).unwrap().into_bytes());
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let terminal = rustix::fs::open(&name, flags, rustix::fs::Mode::empty()).unwrap();
        Self { person: person.into(), terminal: terminal.into(), seen: String::new() }
    }
    /// Starts the program with this terminal as its own.
    pub fn start(&self, home: &Home, arguments: &[&str]) -> Child {
        self.command(home, arguments).stdout(self.end()).spawn().unwrap()
    }
    /// The same, for a caller who sends standard output elsewhere.
    pub fn command(&self, home: &Home, arguments: &[&str]) -> Command {
        let as_home = home.command(arguments);
        let mut command = Command::new("setsid");
        command.args(["--ctty", BINARY]).args(arguments).env_clear().current_dir(home.path(""));
        command.env("PATH", "/usr/bin:/bin");
        command.envs(as_home.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
        command.stdin(self.end()).stderr(self.end());
        command
    }
    fn end(&self) -> Stdio {
        self.terminal.try_clone().unwrap().into()
    }
    /// Reads until the program has written this.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let mut some = [0; 1024];
            let len = self.person.read(&mut some).unwrap();
            assert_ne!(len, 0, "{}", self.seen);
            self.seen.push_str(&String::from_utf8_lossy(&some[..len]));
        }
    }
    /// Waits until what is typed is hidden: what comes earlier is shown by the terminal itself.
    pub fn wait_until_hidden(&self) {
        while self.echoes() {
            std::thread::yield_now();
        }
    }
    pub fn type_in(&mut self, text: &str) {
        self.person.write_all(text.as_bytes()).unwrap();
    }
    /// Answers a question that hides its answer.
    #[track_caller]
    pub fn answer(&mut self, question: &str, text: &str) {
        self.expect(question);
        self.wait_until_hidden();
        self.seen.clear();
        self.type_in(text);
        self.type_in("\n");
    }
    pub fn echoes(&self) -> bool {
        let modes = tcgetattr(&self.terminal).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    }
    /// What was written since the last answer, to the end. The program must have ended.
    pub fn rest(&mut self) -> String {
        let flags = rustix::fs::fcntl_getfl(&self.person).unwrap();
        rustix::fs::fcntl_setfl(&self.person, flags | OFlags::NONBLOCK).unwrap();
        let mut some = [0; 4096];
        while let Ok(len) = self.person.read(&mut some) {
            self.seen.push_str(&String::from_utf8_lossy(&some[..len]));
        }
        rustix::fs::fcntl_setfl(&self.person, flags).unwrap();
        std::mem::take(&mut self.seen).replace("\r\n", "\n")
    }
}

pub fn wait_until_stopped(child: &Child) {
    waitid(WaitId::Pid(Pid::from_child(child)), WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT).unwrap();
}
