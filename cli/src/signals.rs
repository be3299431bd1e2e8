//! What a signal does: what it always does, but for a terminal that is given back first, and a program that is to get it.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, getpgrp, kill_process, waitid};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// What is to be done when a signal comes.
enum Duty {
    /// Nobody listens yet: the system does what it always does.
    None,
    AsAlways,
    /// The terminal hides what is typed: first make it as it was.
    GiveBack(File, Box<Termios>),
    /// There are files that must not outlive us: a program will get these, or it has just ended.
    Hold(Vec<i32>),
    PassOn(Pid),
}

/// Once there is a listener it listens for good: a handler that were taken away would leave the signal without any effect.
static DUTY: Mutex<Duty> = Mutex::new(Duty::None);

/// As long as this lives, a signal that ends or stops us makes the terminal as it was before.
pub struct Hidden;

impl Hidden {
    pub fn begin(tty: File) -> io::Result<Self> {
        let shown = tcgetattr(&tty)?;
        take_on(Duty::GiveBack(tty, Box::new(shown)))?;
        Ok(Self)
    }
    /// The interrupt key was typed where it is but a character: it does now what it always does.
    pub fn interrupted(self) -> io::Result<()> {
        drop(self);
        emulate_default_handler(SIGINT)
    }
}
impl Drop for Hidden {
    fn drop(&mut self) {
        *duty() = Duty::AsAlways;
    }
}

/// As long as this lives, signals wait for the program that it runs.
pub struct Supervisor;

impl Supervisor {
    /// Before there is anything to clean up.
    pub fn begin() -> io::Result<Self> {
        take_on(Duty::Hold(Vec::new()))?;
        Ok(Self)
    }
    /// Runs the program to its end. Signals that come after it wait until this is dropped, and mean nobody any more.
    #[expect(clippy::unused_self, reason = "whoever runs a program must have begun")]
    pub fn run(&self, command: &mut Command) -> io::Result<ExitStatus> {
        let mut child = command.spawn()?;
        let pid = Pid::from_child(&child);
        if let Duty::Hold(waiting) = std::mem::replace(&mut *duty(), Duty::PassOn(pid)) {
            for signal in waiting {
                pass_on(pid, signal);
            }
        }
        // Not reaped before nobody signals any more: until then its number is nobody else's.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
        *duty() = Duty::Hold(Vec::new());
        child.wait()
    }
}
impl Drop for Supervisor {
    fn drop(&mut self) {
        *duty() = Duty::AsAlways;
    }
}

fn duty() -> MutexGuard<'static, Duty> {
    DUTY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take_on(next: Duty) -> io::Result<()> {
    let mut duty = duty();
    if matches!(*duty, Duty::None) {
        let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2])?;
        thread::Builder::new().spawn(move || listen(signals))?;
    }
    *duty = next;
    Ok(())
}

fn listen(mut signals: Signals) {
    for signal in signals.forever() {
        match &mut *duty() {
            Duty::None | Duty::AsAlways => always(signal),
            Duty::GiveBack(tty, shown) => {
                let hidden = tcgetattr(&*tty);
                // If the terminal is gone there is nothing to give back.
                let _ = tcsetattr(&*tty, OptionalActions::Now, shown);
                always(signal);
                // Here after a stop: the person goes on typing.
                let _ = hidden.and_then(|hidden| tcsetattr(&*tty, OptionalActions::Now, &hidden));
            }
            // To stop is ours as well as the program's: a shell waits for both.
            Duty::Hold(_) | Duty::PassOn(_) if signal == SIGTSTP => always(signal),
            Duty::Hold(waiting) => waiting.push(signal),
            Duty::PassOn(pid) => pass_on(*pid, signal),
        }
    }
}

fn always(signal: i32) {
    // Fails for signals that it does not know, and these it knows.
    let _ = emulate_default_handler(signal);
}

fn pass_on(pid: Pid, signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal).filter(|_| !is_from_our_terminal(signal)) {
        // Ended already: nobody needs it any more.
        let _ = kill_process(pid, signal);
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
