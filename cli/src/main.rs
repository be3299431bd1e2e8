//! The strongroom command line: the library's public API in a shell's words, and nothing more.

mod access_key;
mod api;
mod args;
mod audit;
mod aws_env;
mod backup;
mod batch;
mod compact;
mod completions;
mod copy;
mod credential;
mod demo;
mod describe;
mod diff;
mod doctor;
mod due;
mod environment;
mod execute;
mod expire;
mod explain;
mod export;
mod failure;
mod field;
mod find;
mod flat;
mod get;
mod grant;
mod group;
mod harden;
mod history;
mod import;
mod init;
mod key;
mod list;
mod locate;
mod lock;
mod man;
mod mfa;
mod output;
mod own;
mod pages;
mod pairs;
mod password;
mod pattern;
mod policy;
mod private_file;
mod private_folder;
mod put;
mod reference;
mod remove;
mod replicate;
mod restore_from;
mod role;
mod rollback;
mod rotation;
mod run;
mod serve;
mod settings;
mod shares;
mod signals;
mod slot;
mod stage;
mod status;
mod tag;
mod template;
mod terminal;
mod unlock;
mod update;
mod upgrade;
mod user;
mod value;
mod variables;
mod version;
mod watch;
mod wiped;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Arguments;
use crate::failure::Exit;

/// What is freed is wiped, also by libraries that know nothing of secrets.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    // First of all: what comes after may hold secrets.
    let hardened = harden::process();
    keep_quiet_of_the_database();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output and are no failure; clap knows which is which.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(Exit::Usage.code()) } else { ExitCode::SUCCESS };
        }
    };
    let Arguments { global, command } = arguments;
    let colored = global.color.of_errors();
    match hardened.and_then(|()| command.run(global)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_silent() {
                // When nobody reads errors either, the exit code still says it.
                let _ = std::io::stderr().lock().write_all(failure.render(colored).as_bytes());
            }
            ExitCode::from(failure.exit.code())
        }
    }
}

/// The database asserts on pages it never wrote; the library turns that into an error, which is told like any other. What the
/// assertion itself has to say would only stand in its way.
fn keep_quiet_of_the_database() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("/redb-")) {
            tell(panic);
        }
    }));
}
