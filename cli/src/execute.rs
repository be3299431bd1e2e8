//! `strongroom run`: a program with secrets in its environment or in private files.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use clap::Args;
use strongroom::SecretBytes;

use crate::failure::{Done, Exit, Failure};
use crate::private_folder::PrivateFolder;
use crate::reference::{Reference, binding};
use crate::run::Run;
use crate::signals::{self, Supervisor};
use crate::terminal::note;
use crate::variables::{Asked, Variable};

pub const NOTE: &str = "\
The store is closed before the program starts. Without --file the program takes this process's place: signals, terminal and exit \
code are its own. With --file this process stays, passes signals on, and removes the files when the program has ended. The files \
are mode 0600 in a folder of mode 0700, in memory-backed storage if there is any; the variable holds the path.

A pattern has `*` for any text but `/`, `**` for any text, `?` for one character. By --from 'app/*', the secret app/db-password is \
DB_PASSWORD; by its whole name a secret is named by the last part. --env comes before --from, both come before the environment. \
STRONGROOM_PASSPHRASE is not handed on. Core files stay off. Output is not looked at: what the program prints, it prints.

Exit codes: the program's own; 128+N if signal N ended it; 2 for wrong usage; 125 if it could not be started for a reason of ours (the error says \
which), 126 if it cannot be executed, 127 if there is none.

Examples:
  strongroom run --env PGPASSWORD=prod/db#password -- psql -h db.local
  strongroom run --from 'app/*' -- ./server
  strongroom run --file TLS_KEY=prod/tls -- sh -c 'exec ./server --tls-key \"$TLS_KEY\"'";

#[derive(Args, Debug)]
pub struct Execute {
    /// A variable of this name, from a secret or a member of its JSON value; may be given several times
    #[arg(long, value_name = "VARIABLE=NAME[#FIELD]", value_parser = binding)]
    env: Vec<(String, Reference)>,
    /// A variable for each secret of this name or pattern; may be given several times
    #[arg(long, value_name = "PATTERN")]
    from: Vec<String>,
    /// With `--from`: a variable for each member of a value that is a JSON object
    #[arg(long, requires = "from")]
    fields: bool,
    /// A private file with the value, whose path is in the variable; may be given several times
    #[arg(long, value_name = "VARIABLE=NAME[#FIELD]", value_parser = binding)]
    file: Vec<(String, Reference)>,
    /// The program and its arguments
    #[arg(value_name = "COMMAND", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// What the program gets.
struct Given {
    variables: Vec<Variable>,
    files: Vec<(String, SecretBytes)>,
}

impl Execute {
    pub fn run(&self, run: &Run) -> Done {
        // Whatever fails before the program begins must not look like an answer of the program's.
        self.start(run).map_err(|failure| match failure.exit {
            Exit::HandedOn(_) | Exit::NotExecutable | Exit::NoProgram => failure,
            _ => Failure { exit: Exit::BeforeProgram, ..failure },
        })
    }
    fn start(&self, run: &Run) -> Done {
        let (program, arguments) =
            self.command.split_first().ok_or_else(|| Failure::usage("there is no program to run"))?;
        if let Some((taken, _)) = self.file.iter().enumerate().find_map(|(at, (name, _))| {
            let mut others = self.env.iter().chain(self.file.iter().take(at));
            others.find(|(other, _)| other == name)
        }) {
            return Err(Failure::usage(format!("the variable {taken} is given twice")));
        }
        let given = run.as_principal(|session| {
            let asked = Asked { bindings: &self.env, patterns: &self.from, fields: self.fields };
            let files = self.file.iter().map(|(variable, from)| Ok((variable.clone(), from.read(session)?)));
            Ok(Given { variables: asked.read(session)?, files: files.collect::<Result<_, Failure>>()? })
        })?;
        let mut command = Command::new(program);
        command.args(arguments).env_remove("STRONGROOM_PASSPHRASE");
        command
            .envs(given.variables.iter().map(|variable| (&variable.name, OsStr::from_bytes(variable.value.expose()))));
        if given.files.is_empty() {
            drop(given);
            return Err(not_started(program, &command.exec()));
        }
        with_files(program, &mut command, given)
    }
}

fn with_files(program: &OsStr, command: &mut Command, given: Given) -> Done {
    let supervisor = Supervisor::begin().map_err(|cause| Failure::io("signals cannot be passed on", &cause))?;
    let folder = PrivateFolder::make()?;
    for (variable, value) in &given.files {
        command.env(variable, folder.write(variable, value.expose())?);
    }
    drop(given);
    let ended = supervisor.run(command).map_err(|cause| not_started(program, &cause));
    if let Err(failure) = folder.remove() {
        // The program's end is what the caller waits for.
        note(&format!("warning: {}", failure.message));
    }
    match signals::code(ended?) {
        0 => Ok(()),
        code => Err(Failure::unspoken(Exit::HandedOn(code))),
    }
}

fn not_started(program: &OsStr, cause: &io::Error) -> Failure {
    let (exit, label) = match cause.kind() {
        io::ErrorKind::NotFound => (Exit::NoProgram, "NoProgram"),
        io::ErrorKind::ArgumentListTooLong => (Exit::BeforeProgram, "TooLong"),
        _ => (Exit::NotExecutable, "NotExecutable"),
    };
    let failure = Failure::new(exit, label, format!("`{}` does not start: {cause}", program.display()));
    if exit == Exit::BeforeProgram { failure.help("`--file` for values that are long") } else { failure }
}
