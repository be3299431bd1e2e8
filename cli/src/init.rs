//! `strongroom init`.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use strongroom::{Hardening, Strongroom};

use crate::failure::{Done, Exit, Failure};
use crate::own::Record;
use crate::private_file;
use crate::run::Run;
use crate::terminal::note;
use crate::unlock::{Asked, Way};

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom init                                        # asks for a passphrase, twice\n  strongroom init app.strongroom --unlock keyfile:app.key --create-keyfile"
)]
pub struct Init {
    /// The new file; without it, where `strongroom where` points
    path: Option<PathBuf>,
    /// Twelve digits in the ARNs of everything in the store
    #[arg(long, default_value = "000000000000")]
    account: String,
    /// Harden the passphrase until one guess costs so many milliseconds on this machine
    #[arg(long, value_name = "MS", num_args = 0..=1, default_missing_value = "1000", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    calibrate: Option<u64>,
    /// Make the file of `--unlock keyfile:PATH` or `root-key:PATH`: 32 random bytes, mode 0600
    #[arg(long)]
    create_keyfile: bool,
}

impl Init {
    pub fn run(&self, run: &Run) -> Done {
        let path = self.path.as_ref().unwrap_or(&run.settings.store.value);
        if path.symlink_metadata().is_ok() {
            // Told before anybody thinks of a passphrase; the library refuses it again, without a race.
            return Err(Failure::new(
                Exit::Conflict,
                "AlreadyExists",
                format!("there is a file `{}` already", path.display()),
            ));
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|cause| Failure::io(format!("`{}`", folder.display()), &cause))?;
        }
        let way = run.way()?.value;
        let key_file = match &way {
            _ if !self.create_keyfile => None,
            Way::KeyFile(file) | Way::RootKey(file) => Some(file),
            _ => return Err(Failure::usage("`--create-keyfile` goes with `--unlock keyfile:PATH` or `root-key:PATH`")),
        };
        if let Some(file) = key_file {
            private_file::create(file)?;
        }
        let made = self.make(run, path, &way);
        match (&made, key_file) {
            (Err(_), Some(file)) => {
                // A key of no store is litter; that it cannot be removed is not what went wrong.
                let _ = std::fs::remove_file(file);
            }
            (Ok(()), Some(file)) => {
                note(&format!(
                    "note: keep a copy of `{}` apart from the store; without it the store cannot be opened",
                    file.display()
                ));
            }
            (_, None) => {}
        }
        made
    }
    fn make(&self, run: &Run, path: &Path, way: &Way) -> Done {
        if self.calibrate.is_some() && !matches!(way, Way::Passphrase(_)) {
            return Err(Failure::usage("`--calibrate` is for passphrases; other keys cannot be guessed"));
        }
        let unlock = way.fetch(run.terminal, Asked::New)?;
        let hardening = hardening(self.calibrate)?;
        let region = run.settings.region.as_ref().map_or("us-east-1", |region| region.value.as_str());
        let builder = Strongroom::builder().account(&self.account).region(region).hardening(hardening);
        let room = builder.create(path, unlock)?;
        let record = Record::new()
            .with("Store", path.display().to_string())
            .with("Account", room.account())
            .with("Region", room.region())
            .with("Unlock", way.kind());
        run.out.line(&record, &["Store"])
    }
}

/// What a guess at a passphrase is to cost.
pub fn hardening(calibrate: Option<u64>) -> Result<Hardening, Failure> {
    let Some(target) = calibrate else { return Ok(Hardening::DEFAULT) };
    #[expect(clippy::disallowed_methods, reason = "measures this machine; nothing of the store depends on it")]
    let mut stopwatch = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let hardening =
        Hardening::calibrate(Duration::from_millis(target), &mut stopwatch).map_err(strongroom::Error::from)?;
    note(&format!("note: {} MiB, {} passes, {} lanes", hardening.m_kib() / 1024, hardening.t(), hardening.p()));
    Ok(hardening)
}
