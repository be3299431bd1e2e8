//! `strongroom init`.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use strongroom::operation::secretsmanager::GetRandomPassword;
use strongroom::{Hardening, SecretBytes, Sharing, Strongroom, Unlock};

use crate::failure::{Done, Exit, Failure};
use crate::output::{self, Format};
use crate::own::Record;
use crate::private_file;
use crate::run::Run;
use crate::shares;
use crate::terminal::note;
use crate::unlock::{Asked, Way};

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom init                                        # asks for a passphrase, twice\n  strongroom init app.strongroom --unlock keyfile:app.key --create-keyfile\n  strongroom init --unlock keyfile:app.key --create-keyfile --recovery print\n  strongroom init --recovery shamir:3of5                 # opened later by --unlock shares"
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
    /// A second way in, for when the first is lost: passphrase (another one, asked for twice), print (a random one, printed now
    /// and never again: for paper in a safe), shamir:KofN (new shares for as many keepers, any K of which open the store)
    #[arg(long, value_name = "KIND", value_parser = recovery)]
    recovery: Option<Recovery>,
}

/// The second way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recovery {
    Passphrase,
    Print,
    Shamir(Sharing),
}

fn recovery(text: &str) -> Result<Recovery, String> {
    match (text, text.strip_prefix("shamir:")) {
        ("passphrase", _) => Ok(Recovery::Passphrase),
        ("print", _) => Ok(Recovery::Print),
        (_, Some(counts)) => shares::sharing(counts).map(Recovery::Shamir).map_err(|failure| failure.message),
        _ => Err("passphrase, print, or shamir:KofN such as shamir:3of5".to_owned()),
    }
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
    /// Adds the second way in, and gives back what opens it.
    fn with_recovery(&self, room: &Strongroom, typed: Option<SecretBytes>) -> Result<Option<Unlock>, Failure> {
        let second = match self.recovery {
            None => return Ok(None),
            Some(Recovery::Passphrase) => typed.map(Unlock::Passphrase),
            Some(Recovery::Print) => {
                // Over 220 bits, without what is mistaken for something else on paper.
                let request =
                    GetRandomPassword::new().password_length(40).exclude_punctuation(true).exclude_characters("0O1lI");
                Some(Unlock::passphrase(room.root().get_random_password(request)?.random_password))
            }
            Some(Recovery::Shamir(sharing)) => Some(Unlock::Shares(shares::draw(sharing)?)),
        };
        if let Some(second) = &second {
            room.add_slot(second)?;
        }
        Ok(second)
    }
    fn make(&self, run: &Run, path: &Path, way: &Way) -> Done {
        if self.calibrate.is_some() && !matches!(way, Way::Passphrase(_)) {
            return Err(Failure::usage("`--calibrate` is for passphrases; other keys cannot be guessed"));
        }
        if self.recovery == Some(Recovery::Print) && (run.out.quiet || run.out.format == Format::Table) {
            return Err(Failure::usage("neither `-q` nor a table would tell the recovery passphrase"));
        }
        if let Some(Recovery::Shamir(_)) = self.recovery {
            shares::can_be_told(run.out)?;
        }
        if let Way::NewShares(_) = way {
            return Err(Failure::usage("shares are a second way in").help("`--recovery shamir:KofN`"));
        }
        let unlock = way.fetch(run.terminal, Asked::New)?;
        let second = match self.recovery {
            Some(Recovery::Passphrase) => Some(run.terminal.hidden_twice("Recovery passphrase")?),
            Some(Recovery::Print | Recovery::Shamir(_)) | None => None,
        };
        let hardening = hardening(self.calibrate)?;
        let region = run.settings.region.as_ref().map_or("us-east-1", |region| region.value.as_str());
        let builder = Strongroom::builder().account(&self.account).region(region).hardening(hardening);
        let room = builder.create(path, unlock)?;
        let second = match self.with_recovery(&room, second) {
            Ok(second) => second,
            Err(failure) => {
                // Nobody asked for a store with one way in. That it cannot be removed is not what went wrong.
                drop(room);
                let _ = std::fs::remove_file(path);
                return Err(failure);
            }
        };
        let record = Record::new()
            .with("Store", path.display().to_string())
            .with("Account", room.account())
            .with("Region", room.region())
            .with("Unlock", way.kind());
        let store = path.display().to_string();
        let second = match (self.recovery, second) {
            (Some(Recovery::Print), Some(Unlock::Passphrase(second))) => second,
            (_, Some(Unlock::Shares(shares))) => return shares::tell(run.out, record, ("Store", &store), shares),
            _ => return run.out.line(&record, &["Store"]),
        };
        note("note: write the recovery passphrase down, apart from the store; it is not told again");
        let shown = second.expose();
        match run.out.format {
            Format::Text => output::write(&[store.as_bytes(), b"\t", shown, b"\n"]),
            Format::Env | Format::Dotenv | Format::YamlFlat => {
                run.out.pairs(&[("Store", store.as_bytes()), ("Recovery", shown)])
            }
            Format::Json | Format::Table => {
                let told = second.into_text().map_err(|_| Failure::invalid("the recovery passphrase is no text"))?;
                output::json(&record.with("Recovery", told))
            }
        }
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
