//! A local program as a rotation function: no shell, no secret on its command line or in its environment, a limit on its time
//! and its words, and the function's session as the only thing it can reach.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use strongroom::{RotationEvent, RotationFailure, RotationFunction, SecretBytes, Session};

use super::callback;
use super::lines::Lines;
use crate::terminal::note;

/// A program and its arguments.
#[derive(Debug)]
pub struct Program {
    argv: Vec<String>,
    limit: Duration,
}

/// What those who listen to the program tell the one who serves it.
enum Heard {
    /// A call.
    Line(SecretBytes),
    /// A call that is longer than any can be.
    TooLong,
    /// Words on standard error.
    Words(Vec<u8>),
    /// Standard error is closed.
    Silence,
    /// The program has ended.
    Ended,
    /// Its time is up.
    TimeUp,
}

impl Program {
    pub fn new(argv: Vec<String>, limit: Duration) -> Self {
        Self { argv, limit }
    }
    fn spawn(&self, callback: UnixStream) -> Result<Child, RotationFailure> {
        let (program, arguments) =
            self.argv.split_first().ok_or_else(|| RotationFailure::new("the function names no program"))?;
        let callback = OwnedFd::from(callback);
        let kept = KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(kept)
            .env(callback::VARIABLE, callback.as_raw_fd().to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        // One at a time: between these lines every program that begins inherits the descriptor.
        let turn = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
        fcntl_setfd(&callback, FdFlags::empty()).map_err(|cause| failed("the callback descriptor", &cause.into()))?;
        let spawned = command.spawn();
        drop((callback, turn));
        spawned.map_err(|cause| failed(&format!("`{program}` does not start"), &cause))
    }
    /// Until the program has ended, one way or another.
    fn serve(
        session: &Session,
        mut ours: &UnixStream,
        heard: &Receiver<Heard>,
        words: &mut Words,
    ) -> Result<(), RotationFailure> {
        loop {
            match heard.recv() {
                Ok(Heard::Line(line)) => {
                    let answer = callback::answer(session, &line);
                    // A program that does not want its answer gets none.
                    let _ = ours.write_all(answer.expose()).and_then(|()| ours.write_all(b"\n"));
                }
                Ok(Heard::TooLong) => return Err(RotationFailure::new("the program sent a line that is too long")),
                Ok(Heard::Words(more)) => words.tell(&more),
                Ok(Heard::Silence) => {}
                Ok(Heard::Ended | Heard::TimeUp) | Err(_) => return Ok(()),
            }
        }
    }
}

impl RotationFunction for Program {
    fn call(&self, session: &Session, event: &RotationEvent) -> Result<(), RotationFailure> {
        let (ours, theirs) = UnixStream::pair().map_err(|cause| failed("the callback descriptor", &cause))?;
        let mut child = self.spawn(theirs)?;
        let group = Pid::from_child(&child);
        let late = AtomicBool::new(false);
        let mut words = Words::of(self.argv.first().map_or("", String::as_str));
        let (tell, heard) = mpsc::sync_channel(0);
        if let Some(stderr) = child.stderr.take() {
            // Not waited for: whatever the program leaves behind may keep its standard error open for ever.
            let tell = tell.clone();
            thread::spawn(move || listen(stderr, &tell));
        }
        if let Some(mut stdin) = child.stdin.take() {
            // It fits into any pipe. A program that does not read it is free to guess.
            let _ = stdin.write_all(event.to_json().expose().as_bytes());
        }
        let served = thread::scope(|scope| {
            // Gone with this block, so that nobody below waits to be heard.
            let heard = heard;
            let (is_over, over) = mpsc::channel::<()>();
            scope.spawn({
                let (tell, ours, late) = (tell.clone(), &ours, &late);
                move || {
                    if over.recv_timeout(self.limit) == Err(RecvTimeoutError::Timeout) {
                        late.store(true, Ordering::SeqCst);
                        end(group, ours);
                        let _ = tell.send(Heard::TimeUp);
                    }
                }
            });
            scope.spawn({
                let (tell, ours) = (tell.clone(), &ours);
                move || hear_calls(ours, &tell)
            });
            scope.spawn(move || {
                // Not reaped yet: until it is, its group is nobody else's.
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                while matches!(waitid(WaitId::Pid(group), options), Err(Errno::INTR)) {}
                let _ = tell.send(Heard::Ended);
            });
            let served = Self::serve(session, &ours, &heard, &mut words);
            // Before its last words are waited for: its own time is over here.
            let is_late = late.load(Ordering::SeqCst);
            end(group, &ours);
            words.tell_rest(&heard);
            drop(is_over);
            served.map(|()| is_late)
        });
        let ended = child.wait().map_err(|cause| failed("the program's end", &cause))?;
        if served? {
            let limit = self.limit.as_secs();
            return Err(RotationFailure::new(format!("the program was ended after {limit} s")));
        }
        of_status(ended)
    }
}

fn of_status(ended: ExitStatus) -> Result<(), RotationFailure> {
    if ended.success() { Ok(()) } else { Err(RotationFailure::new(format!("the program ended with {ended}"))) }
}

fn failed(what: &str, cause: &std::io::Error) -> RotationFailure {
    RotationFailure::new(format!("{what}: {cause}"))
}

/// Ends the program with all that it began, and the way back to us.
fn end(group: Pid, ours: &UnixStream) {
    // Gone already is as good.
    let _ = kill_process_group(group, Signal::KILL);
    let _ = ours.shutdown(Shutdown::Both);
}

fn hear_calls(ours: &UnixStream, tell: &SyncSender<Heard>) {
    let mut lines = Lines::new(|buffer: &mut [u8]| (&*ours).read(buffer));
    loop {
        let heard = match lines.next() {
            Ok(Some(line)) => Heard::Line(line),
            Err(cause) if cause.kind() == std::io::ErrorKind::InvalidData => Heard::TooLong,
            // Half a line, perhaps, and nobody to finish it.
            Ok(None) | Err(_) => return,
        };
        let is_last = matches!(heard, Heard::TooLong);
        if tell.send(heard).is_err() || is_last {
            return;
        }
    }
}

fn listen(mut stderr: impl Read, tell: &SyncSender<Heard>) {
    let mut buffer = [0; 4096];
    loop {
        match stderr.read(&mut buffer) {
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => break,
            Ok(count) => {
                let more = buffer.get(..count).unwrap_or_default().to_vec();
                if tell.send(Heard::Words(more)).is_err() {
                    return;
                }
            }
        }
    }
    // Whether anybody still wants to know is theirs.
    let _ = tell.send(Heard::Silence);
}

/// What the program says on standard error, passed on line by line as far as it is bearable.
struct Words {
    who: String,
    line: Vec<u8>,
    /// Bytes that may still be passed on.
    left: usize,
    silent: bool,
}

impl Words {
    fn of(program: &str) -> Self {
        let name = program.rsplit('/').next().unwrap_or(program);
        Self { who: crate::flat::harmless(name), line: Vec::new(), left: WORDS_MAX, silent: false }
    }
    fn tell(&mut self, more: &[u8]) {
        if self.silent {
            return;
        }
        for byte in more {
            if self.left == 0 {
                self.flush();
                note(&format!("{}: … (what it says after {WORDS_MAX} bytes is left out)", self.who));
                self.silent = true;
                return;
            }
            self.left = self.left.saturating_sub(1);
            if *byte == b'\n' {
                self.flush();
            } else {
                self.line.push(*byte);
            }
        }
    }
    fn flush(&mut self) {
        if !self.line.is_empty() {
            note(&format!("{}: {}", self.who, crate::flat::harmless(&String::from_utf8_lossy(&self.line))));
            self.line.clear();
        }
    }
    /// What was said before the end and not heard yet.
    fn tell_rest(&mut self, heard: &Receiver<Heard>) {
        while !self.silent {
            match heard.recv_timeout(LAST_WORDS) {
                Ok(Heard::Words(more)) => self.tell(&more),
                Ok(Heard::Silence | Heard::TimeUp) | Err(_) => break,
                Ok(Heard::Line(_) | Heard::TooLong | Heard::Ended) => {}
            }
        }
        self.flush();
    }
}

/// Time that a program has unless the file says otherwise.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);
/// What a program sees of our environment, as far as it is there.
const KEPT: &[&str] = &["HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ"];
/// What a program may say on standard error.
const WORDS_MAX: usize = 16_384;
/// How long a pipe that nobody should hold any more is waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

static SPAWNING: Mutex<()> = Mutex::new(());
