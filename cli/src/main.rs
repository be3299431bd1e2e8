//! The strongroom command line: the library's public API in a shell's words, and nothing more.

mod access_key;
mod args;
mod audit;
mod call;
mod compact;
mod completions;
mod demo;
mod describe;
mod doctor;
mod due;
mod expire;
mod explain;
mod failure;
mod field;
mod flat;
mod get;
mod grant;
mod group;
mod harden;
mod history;
mod init;
mod key;
mod list;
mod locate;
mod mfa;
mod output;
mod own;
mod pages;
mod pairs;
mod password;
mod policy;
mod private_file;
mod put;
mod remove;
mod replicate;
mod role;
mod rotation;
mod run;
mod settings;
mod slot;
mod stage;
mod status;
mod tag;
mod terminal;
mod unlock;
mod update;
mod user;
mod value;
mod version;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Arguments;
use crate::failure::Exit;

fn main() -> ExitCode {
    // First of all: what comes after may hold secrets.
    let hardened = harden::process();
    keep_quiet_of_the_database();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output and are no failure; clap knows which is which.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(Exit::Usage as u8) } else { ExitCode::SUCCESS };
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
            ExitCode::from(failure.exit as u8)
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
