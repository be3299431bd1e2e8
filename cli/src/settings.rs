//! Where settings come from: flags, then the environment, then the project's, the user's and the system's file.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use etcetera::BaseStrategy;
use serde::Deserialize;

use strongroom::audit::ReadAudit;

use crate::failure::{Exit, Failure};
use crate::output::{Color, Format};

/// Options of every command.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The store's file
    #[arg(long, global = true, value_name = "PATH")]
    pub store: Option<PathBuf>,
    /// Settings of this name in the configuration files
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// How to unlock: passphrase, keyfile:PATH, root-key:PATH (32 raw bytes), systemd[:NAME], shares[:PATH]
    #[arg(long, global = true, value_name = "KIND[:ARG]")]
    pub unlock: Option<String>,
    /// Read the passphrase from a file; one newline at its end does not count
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "passphrase_fd")]
    pub passphrase_file: Option<PathBuf>,
    /// Read the passphrase from an open file descriptor; one newline at its end does not count
    #[arg(long, global = true, value_name = "N")]
    pub passphrase_fd: Option<u32>,
    /// Take the passphrase from STRONGROOM_PASSPHRASE, which every child process can see
    #[arg(long, global = true)]
    pub allow_env_passphrase: bool,
    /// Who acts: root, user/NAME, role/NAME/SESSION or an ARN [default: root]
    #[arg(long = "as", global = true, value_name = "PRINCIPAL")]
    pub principal: Option<String>,
    /// The region whose secrets and keys are meant [default: the store's own]
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// When reads and refusals are in the journal [default: strict; of `dev`: available]
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub audit: Option<ReadsAudited>,
    /// Form of the answer [default: text]
    #[arg(long, short, global = true, value_enum)]
    pub output: Option<Format>,
    /// Print identifiers only
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Never ask; a question is an error
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Colors on standard error
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// When a read, or a call that was refused, has its record in the store's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReadsAudited {
    /// Before it is answered; without a record it is refused
    Strict,
    /// Soon after; while none can be written (a full disk), reads go on, and the journal says how many records are missing
    Available,
}
impl ReadsAudited {
    fn mode(self) -> ReadAudit {
        match self {
            Self::Strict => ReadAudit::Strict,
            Self::Available => ReadAudit::Available,
        }
    }
}

/// A setting and the place that it was found in.
#[derive(Clone, Debug)]
pub struct Chosen<T> {
    pub value: T,
    pub by: String,
}

/// What flags, environment and files come to.
#[derive(Clone, Debug)]
pub struct Settings {
    pub store: Chosen<PathBuf>,
    pub unlock: Option<Chosen<String>>,
    pub principal: Chosen<String>,
    /// `None`: the store's own.
    pub region: Option<Chosen<String>>,
    /// Where a server listens.
    pub endpoint: Option<Chosen<String>>,
    /// `None`: the command's own default.
    pub audit: Option<ReadAudit>,
    pub output: Format,
    /// The configuration files that were read.
    pub files: Vec<PathBuf>,
}

/// One configuration file, or one profile of it. An unknown key is an error: a misspelt setting must not be silently the
/// default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    store: Option<PathBuf>,
    unlock: Option<String>,
    r#as: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
    audit: Option<String>,
    output: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    store: Option<PathBuf>,
    unlock: Option<String>,
    r#as: Option<String>,
    region: Option<String>,
    endpoint: Option<String>,
    audit: Option<String>,
    output: Option<String>,
    #[serde(default)]
    profile: std::collections::BTreeMap<String, Values>,
}

/// Values of one place, strongest first in a list of them.
struct Layer {
    by: String,
    values: Values,
}

impl Settings {
    /// Looks in every place.
    pub fn gather(global: &Global) -> Result<Self, Failure> {
        let profile = global.profile.clone().or(variable("STRONGROOM_PROFILE")?);
        let mut layers = vec![of_flags(global), of_environment()?];
        let mut files = Vec::new();
        let mut profile_is_known = false;
        for path in config_files()? {
            let Some(file) = read_file(&path)? else { continue };
            let shown = path.display().to_string();
            let ConfigFile { store, unlock, r#as, region, endpoint, audit, output, profile: mut profiles } = file;
            if let Some(name) = &profile
                && let Some(values) = profiles.remove(name)
            {
                profile_is_known = true;
                layers.push(Layer { by: format!("profile `{name}` of {shown}"), values: values.below(&path) });
            }
            let values = Values { store, unlock, r#as, region, endpoint, audit, output };
            layers.push(Layer { by: shown, values: values.below(&path) });
            files.push(path);
        }
        if let Some(name) = profile.filter(|_| !profile_is_known) {
            return Err(Failure::usage(format!("no configuration file has a profile `{name}`")));
        }
        let store = match pick(&mut layers, |values| values.store.take()) {
            Some(store) => store,
            None => default_store()?,
        };
        let output = match pick(&mut layers, |values| values.output.take()) {
            Some(output) => Format::from_str(&output.value, false).map_err(|_| {
                Failure::usage(format!("`{}` ({}) is no form of output", output.value, output.by))
                    .help("text, json, table, env, dotenv or yaml-flat")
            })?,
            None => Format::Text,
        };
        let audit = match pick(&mut layers, |values| values.audit.take()) {
            Some(audit) => Some(ReadsAudited::from_str(&audit.value, false).map_err(|_| {
                Failure::usage(format!("`{}` ({}) does not say when reads are in the journal", audit.value, audit.by))
                    .help("strict or available")
            })?),
            None => None,
        };
        let principal = pick(&mut layers, |values| values.r#as.take())
            .unwrap_or_else(|| Chosen { value: "root".into(), by: "the default".into() });
        let region = pick(&mut layers, |values| values.region.take());
        let endpoint = pick(&mut layers, |values| values.endpoint.take());
        let unlock = pick(&mut layers, |values| values.unlock.take());
        Ok(Self { store, unlock, principal, region, endpoint, audit: audit.map(ReadsAudited::mode), output, files })
    }
}

impl Values {
    /// Paths in a file are relative to the file.
    fn below(mut self, file: &Path) -> Self {
        let folder = file.parent().unwrap_or(Path::new("."));
        self.store = self.store.map(|store| folder.join(store));
        self.unlock = self.unlock.map(|unlock| match unlock.split_once(':') {
            Some((kind @ ("keyfile" | "root-key"), path)) => format!("{kind}:{}", folder.join(path).display()),
            _ => unlock,
        });
        self
    }
}

fn pick<T>(layers: &mut [Layer], mut take: impl FnMut(&mut Values) -> Option<T>) -> Option<Chosen<T>> {
    layers.iter_mut().find_map(|layer| take(&mut layer.values).map(|value| Chosen { value, by: layer.by.clone() }))
}

fn of_flags(global: &Global) -> Layer {
    let name = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
    let output = name(global.output.and_then(|format| format.to_possible_value()));
    let audit = name(global.audit.and_then(|audit| audit.to_possible_value()));
    let values = Values {
        store: global.store.clone(),
        unlock: global.unlock.clone(),
        r#as: global.principal.clone(),
        region: global.region.clone(),
        endpoint: None,
        audit,
        output,
    };
    Layer { by: COMMAND_LINE.into(), values }
}

fn of_environment() -> Result<Layer, Failure> {
    let values = Values {
        store: env::var_os("STRONGROOM_STORE").filter(|path| !path.is_empty()).map(PathBuf::from),
        unlock: variable("STRONGROOM_UNLOCK")?,
        r#as: variable("STRONGROOM_AS")?,
        region: variable("STRONGROOM_REGION")?,
        endpoint: variable("STRONGROOM_ENDPOINT")?,
        audit: variable("STRONGROOM_AUDIT")?,
        output: variable("STRONGROOM_OUTPUT")?,
    };
    Ok(Layer { by: ENVIRONMENT.into(), values })
}

/// A variable of the environment; an empty one is none.
pub fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var_os(name).filter(|value| !value.is_empty()).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => Err(Failure::usage(format!("`{name}` is not UTF-8"))),
    }
}

/// Project, user and system file, in this order, whether they are there or not.
fn config_files() -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    if let Ok(here) = env::current_dir() {
        files.extend(here.ancestors().map(|folder| folder.join(".strongroom.toml")).find(|file| file.exists()));
    }
    if let Ok(places) = etcetera::choose_base_strategy() {
        files.push(places.config_dir().join("strongroom/config.toml"));
    }
    files.push(PathBuf::from("/etc/strongroom/config.toml"));
    if let Some(project) = files.first().filter(|file| file.ends_with(".strongroom.toml")) {
        let found = project.metadata().map_err(|cause| Failure::io(project.display(), &cause))?;
        let own = [0, rustix::process::geteuid().as_raw()].contains(&found.uid()) && found.mode() & 0o002 == 0;
        if !own {
            // A file of somebody else's would choose where secrets are written.
            return Err(Failure::new(
                Exit::Usage,
                "Config",
                format!("`{}` is not ours, or others can write to it", project.display()),
            )
            .help("give `--store` and go elsewhere, or take the file over"));
        }
    }
    Ok(files)
}

fn read_file(path: &Path) -> Result<Option<ConfigFile>, Failure> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(CONFIG_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => {}
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(cause) => return Err(Failure::io(path.display(), &cause)),
    }
    let parsed = toml::from_str(&text);
    parsed.map(Some).map_err(|cause| {
        Failure::new(Exit::Usage, "Config", format!("{}: {}", path.display(), cause.to_string().trim_end()))
    })
}

fn default_store() -> Result<Chosen<PathBuf>, Failure> {
    let places = etcetera::choose_base_strategy()
        .map_err(|_| Failure::usage("there is no home directory to look for a store in").help("give `--store PATH`"))?;
    Ok(Chosen { value: places.data_dir().join("strongroom/default.strongroom"), by: "the default place".into() })
}

/// Names of the two strongest places.
pub const COMMAND_LINE: &str = "the command line";
pub const ENVIRONMENT: &str = "the environment";
/// 1 MiB.
const CONFIG_MAX: u64 = 1 << 20;
