//! A program that we wait for: signals are passed on to it, and its end is ours.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::thread;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpgrp, kill_process, waitid};
use rustix::termios::tcgetpgrp;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

/// Signals that reach us from now on, until a program gets them.
pub struct Supervisor(Signals);

impl Supervisor {
    /// Begins before there is anything to clean up: from here on a signal does not end us.
    pub fn begin() -> io::Result<Self> {
        Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2]).map(Self)
    }
    /// Runs the program to its end.
    pub fn run(self, command: &mut Command) -> io::Result<ExitStatus> {
        let mut signals = self.0;
        let handle = signals.handle();
        let mut child = command.spawn()?;
        let pid = Pid::from_child(&child);
        thread::scope(|scope| {
            scope.spawn(move || {
                for signal in signals.forever().filter(|signal| !is_from_our_terminal(*signal)) {
                    if let Some(signal) = Signal::from_named_raw(signal) {
                        // Ended already: nobody needs it any more.
                        let _ = kill_process(pid, signal);
                    }
                }
            });
            // Not reaped before nobody signals any more: until then its number is nobody else's.
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
            handle.close();
        });
        child.wait()
    }
}

/// The terminal sends these to every process of the foreground, and so to the program itself.
fn is_from_our_terminal(signal: i32) -> bool {
    [SIGINT, SIGQUIT].contains(&signal)
        && File::open("/dev/tty").is_ok_and(|tty| tcgetpgrp(&tty).is_ok_and(|group| group == getpgrp()))
}

/// The exit code of a shell for such an end.
pub fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| signal.saturating_add(128)));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}
