//! `strongroom import`: secrets from elsewhere. All of it is read and weighed before anything is written, and everything is
//! written in one transaction, or in a few of them when it is very much.

mod aws;
mod csv;
mod dotenv;
mod entry;
mod fields;
mod files;
mod input;
mod plan;
mod tree;
mod vault;
mod yaml;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::failure::{Done, Failure};
use crate::flat::harmless;
use crate::import::entry::{Entries, Entry};
use crate::import::fields::Becomes;
use crate::import::input::Input;
use crate::own::{Listed, Record};
use crate::pairs::pair;
use crate::run::Run;
use crate::terminal::note;

pub const EXAMPLES: &str = "\
Examples:
  strongroom import --from dotenv .env --prefix app/ --dry-run
  aws secretsmanager batch-get-secret-value --secret-id-list a b | strongroom import --from aws
  vault kv get -format=json secret/app/db | strongroom import --from vault-kv --name app/db
  sops -d secrets.yaml | strongroom import --from sops --format yaml --prefix app/
  pass show bank | strongroom import --from pass --name bank
  strongroom import --from pass ~/.password-store --gpg
  strongroom --store sealed.strongroom export | strongroom import --from aws

Nothing is written unless all of it can be: what is wrong is told first, with file and line. Values are never shown.";

#[derive(Args, Debug)]
pub struct Import {
    /// Files, or folders for `pass` and `systemd`; `-` or nothing for standard input
    paths: Vec<PathBuf>,
    /// Where it comes from
    #[arg(long, value_enum)]
    from: Source,
    /// One secret for each key, or one JSON secret for each file, row or path
    #[arg(long, value_enum)]
    shape: Option<Shape>,
    /// Form of what `sops -d` printed; told by the name of the file, or by its look, without this
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Name of the one secret that comes without a name: `--shape secret`, `vault-kv`, `pass` and `systemd` from standard input
    #[arg(long)]
    name: Option<String>,
    /// Put this before every name
    #[arg(long, default_value = "", hide_default_value = true)]
    prefix: String,
    /// Another name for what the source calls OLD, before the prefix; may be given several times
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    map: Vec<(String, String)>,
    /// A tag for every secret; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair)]
    tag: Vec<(String, String)>,
    /// Key for every secret: id, ARN or alias/NAME; the managed key without it
    #[arg(long, value_name = "KEY")]
    kms_key: Option<String>,
    /// What becomes of a secret that is there already
    #[arg(long, value_enum, default_value_t = Conflict::Fail)]
    on_conflict: Conflict,
    /// Only tell what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave out keys without a value; they are refused without this
    #[arg(long)]
    skip_empty: bool,
    /// Have `gpg` decrypt the files of a `pass` folder
    #[arg(long)]
    gpg: bool,
    /// Column that names the secret
    #[arg(long, value_name = "COLUMN", default_value = "name")]
    name_column: String,
    /// Column with the value, for `--shape fields`
    #[arg(long, value_name = "COLUMN", default_value = "value")]
    value_column: String,
}

/// Programs and forms that secrets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Source {
    /// What `aws secretsmanager get-secret-value`, `batch-get-secret-value` and `describe-secret` print; our own `export`
    Aws,
    /// What `vault kv get -format=json` prints, version 1 or 2; an object of paths and their data
    VaultKv,
    /// What `sops -d` prints: JSON, YAML or dotenv
    Sops,
    /// A folder of decrypted files, or of `.gpg` files with `--gpg`; what `pass show` prints
    Pass,
    /// `KEY=value` lines
    Dotenv,
    /// An object of keys and values, nested or not
    Json,
    /// A table with a heading
    Csv,
    /// A folder of credentials, a file each
    Systemd,
}

/// One secret for each of what?
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// A secret for each key; a key in another is `outer/inner`
    Fields,
    /// One JSON secret for each file; of a table for each row, of Vault for each path
    Secret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
    Yaml,
    Dotenv,
}

/// What becomes of a secret that is there already?
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Conflict {
    /// Nothing is imported at all
    Fail,
    /// It stays as it is
    Skip,
    /// It gets a new version, if the value differs; description and tags are set, too
    Update,
}

impl Import {
    pub fn run(&self, run: &Run) -> Done {
        self.check_options()?;
        run.must_exist()?;
        let entries = self.gather()?;
        let plan = plan::Plan {
            conflict: self.on_conflict,
            tags: &self.tag,
            kms_key: self.kms_key.as_deref(),
            dry_run: self.dry_run,
        };
        let told = plan.run(run, &entries)?;
        let records: Vec<Record> = told.iter().map(plan::Told::record).collect();
        run.out.list(&Listed("Secrets", &records), &records, &["Name", "Action"])
    }

    /// An option that would do nothing is a mistake of whoever gave it.
    fn check_options(&self) -> Done {
        use Source::{Csv, Dotenv, Json, Pass, Sops, Systemd, VaultKv};
        let goes_with = |given: bool, option: &str, sources: &[Source]| {
            if given && !sources.contains(&self.from) {
                return Err(Failure::usage(format!("`{option}` does not go with `--from {}`", name_of(self.from))));
            }
            Ok(())
        };
        goes_with(self.shape.is_some(), "--shape", &[VaultKv, Sops, Dotenv, Json, Csv])?;
        goes_with(self.format.is_some(), "--format", &[Sops])?;
        goes_with(self.gpg, "--gpg", &[Pass])?;
        goes_with(self.name_column != "name", "--name-column", &[Csv])?;
        goes_with(self.value_column != "value", "--value-column", &[Csv])?;
        goes_with(self.name.is_some(), "--name", &[VaultKv, Sops, Pass, Dotenv, Json, Systemd])?;
        if self.value_column != "value" && self.shape == Some(Shape::Secret) {
            return Err(Failure::usage("`--value-column` does not go with `--shape secret`, which takes all columns"));
        }
        if self.name.is_some() && (self.paths.len() > 1 || self.paths.iter().any(|path| path.is_dir())) {
            return Err(Failure::usage("`--name` names one secret, and there are several files"));
        }
        if self.gpg && (self.paths.is_empty() || self.paths.iter().any(|path| path.as_os_str() == "-")) {
            return Err(Failure::usage("`--gpg` goes with files; what comes from standard input is decrypted already"));
        }
        if self.name.is_some() && self.shape != Some(Shape::Secret) && matches!(self.from, Sops | Dotenv | Json) {
            return Err(Failure::usage(
                "`--name` goes with `--shape secret`; `--prefix` goes before the names of keys",
            ));
        }
        Ok(())
    }

    /// Reads everything there is.
    fn gather(&self) -> Result<Vec<Entry>, Failure> {
        let mut entries = Entries::new(self.skip_empty);
        if self.paths.is_empty() {
            self.read(&Input::standard()?, &mut entries)?;
        }
        for path in &self.paths {
            if path.as_os_str() == "-" {
                self.read(&Input::standard()?, &mut entries)?;
            } else if path.is_dir() {
                match self.from {
                    Source::Pass => files::pass(path, self.gpg, &mut entries)?,
                    Source::Systemd => files::systemd(path, &mut entries)?,
                    _ => return Err(Failure::usage(format!("`{}` is a folder; give files", path.display()))),
                }
            } else {
                self.read_file(path, &mut entries)?;
            }
        }
        let entries = entries.finish(&self.prefix, &self.map)?;
        if entries.is_empty() {
            note("note: there is nothing in it to import");
        }
        Ok(entries)
    }
    fn read_file(&self, path: &Path, entries: &mut Entries) -> Done {
        match self.from {
            Source::Pass => files::pass_file(path, self.gpg, self.name.as_deref(), entries),
            Source::Systemd => files::systemd_file(path, self.name.as_deref(), entries),
            _ => self.read(&Input::file(path)?, entries),
        }
    }
    fn read(&self, input: &Input, entries: &mut Entries) -> Done {
        let shape = self.shape.unwrap_or(if self.from == Source::VaultKv { Shape::Secret } else { Shape::Fields });
        let whole = shape == Shape::Secret;
        let becomes = if whole { Becomes::One(self.name.as_deref()) } else { Becomes::Fields };
        match self.from {
            Source::Aws => aws::read(input, entries),
            Source::VaultKv => vault::read(input, whole, self.name.as_deref(), entries),
            Source::Sops => fields::sops(input, self.format, becomes, entries),
            Source::Dotenv => fields::dotenv(input, becomes, entries),
            Source::Json => fields::json(input, becomes, entries),
            Source::Csv => {
                let columns = csv::Columns { name: &self.name_column, value: &self.value_column };
                csv::read(input, &columns, whole, entries)
            }
            Source::Pass => files::add_opened(input, input.name_of_one(self.name.as_deref())?, entries),
            Source::Systemd => {
                let name = input.name_of_one(self.name.as_deref())?;
                entries.add(Entry::of_bytes(name, input.origin(0), input.value(false)))
            }
        }
    }
}

fn name_of(from: Source) -> String {
    from.to_possible_value().map_or_else(String::new, |value| harmless(value.get_name()))
}
