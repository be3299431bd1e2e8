//! `strongroom export`: secrets written out, in forms that others read, or sealed in a store of their own.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use strongroom::operation::secretsmanager::{
    CreateSecret, DescribeSecret, Filter, GetSecretValue, GetSecretValueResponse, ListSecretVersionIds, ListSecrets,
    PutSecretValue, Tag, UpdateSecretVersionStage,
};
use strongroom::operation::{Facet, Sink, Tell};
use strongroom::{SecretBytes, SecretText, Session, Strongroom, Unlock, json};

use crate::backup::record_of;
use crate::failure::{Done, Exit, Failure};
use crate::flat::harmless;
use crate::init::hardening;
use crate::pairs::pair;
use crate::pattern::matches;
use crate::run::Run;
use crate::terminal::note;
use crate::unlock::{Asked, Source};

pub const EXAMPLES: &str = "\
Examples:
  strongroom export > secrets.jsonl                          # everything, in the clear: mind where it goes
  strongroom export 'prod/**' --tag team=core --file prod.jsonl
  strongroom export 'app/*' --format dotenv --file app.env
  strongroom export --to-passphrase sealed.strongroom        # asks for a new passphrase, twice
  strongroom --store sealed.strongroom export | strongroom --store other.strongroom import --from aws

`aws`, the form without `--format`, is a secret a line with all its labelled versions, in the members that AWS has for them, and
what `import --from aws` reads. Policies, rotation, replicas and keys stay with the store: `backup create` copies those, too.
strongroom speaks to no network: what is to go to AWS goes there by the AWS CLI.";

#[derive(Args, Debug)]
pub struct Export {
    /// Names: `*` any text but `/`, `**` any text, `?` one character; all of them without it
    pattern: Option<String>,
    /// Those with this tag; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair)]
    tag: Vec<(String, String)>,
    /// What is written
    #[arg(long, value_enum, default_value_t = Format::Aws)]
    format: Format,
    /// A new file, mode 0600, that appears whole or not at all; standard output without it
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// A new store with these secrets, sealed under a passphrase of its own
    #[arg(long, value_name = "PATH", conflicts_with_all = ["format", "file"])]
    to_passphrase: Option<PathBuf>,
    /// Read the new passphrase from a file; one newline at its end does not count
    #[arg(long, value_name = "PATH", requires = "to_passphrase", conflicts_with = "new_passphrase_fd")]
    new_passphrase_file: Option<PathBuf>,
    /// Read the new passphrase from an open file descriptor; one newline at its end does not count
    #[arg(long, value_name = "N", requires = "to_passphrase")]
    new_passphrase_fd: Option<u32>,
    /// Harden the new passphrase until one guess costs so many milliseconds on this machine
    #[arg(long, value_name = "MS", requires = "to_passphrase", num_args = 0..=1, default_missing_value = "1000", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    calibrate: Option<u64>,
}

/// Forms of secrets in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON object a line: name, description, tags, labelled versions with their values
    Aws,
    /// One JSON object of names and current values; text only
    Json,
    /// `NAME="value"` of current values; text only
    Dotenv,
    /// A table of `name`, `value` and `description`, current values; text only
    Csv,
}

/// A secret on its way out.
struct Leaving {
    name: String,
    description: Option<String>,
    kms_key_id: Option<String>,
    tags: Vec<Tag>,
    /// The current one first.
    versions: Vec<GetSecretValueResponse>,
}

impl Export {
    pub fn run(&self, run: &Run) -> Done {
        run.must_exist()?;
        if let Some(path) = self.to_passphrase.as_deref().or(self.file.as_deref()) {
            if path.symlink_metadata().is_ok() {
                let shown = harmless(&path.display().to_string());
                return Err(Failure::new(
                    Exit::Conflict,
                    "AlreadyExists",
                    format!("there is a file `{shown}` already"),
                ));
            }
        } else if io::stdout().is_terminal() {
            return Err(
                Failure::usage("secrets are not shown on a terminal").help("`--file PATH`, or send it to a pipe")
            );
        }
        if let Some(path) = &self.to_passphrase {
            return self.seal(run, path);
        }
        let written = run.as_principal(|session| self.written(&self.gather(session)?))?;
        match &self.file {
            None => crate::output::write(&written.iter().map(SecretBytes::expose).collect::<Vec<_>>()),
            Some(path) => {
                let shown = || format!("`{}`", harmless(&path.display().to_string()));
                save(path, &written).map_err(|cause| match cause.kind() {
                    io::ErrorKind::AlreadyExists => {
                        Failure::new(Exit::Conflict, "AlreadyExists", format!("there is a file {} already", shown()))
                    }
                    _ => Failure::io(shown(), &cause),
                })
            }
        }
    }

    /// A store with nothing but these secrets, made in memory and written whole.
    fn seal(&self, run: &Run, path: &Path) -> Done {
        let from = match (&self.new_passphrase_file, self.new_passphrase_fd) {
            (Some(path), _) => Source::File(path.clone()),
            (None, Some(number)) => Source::Descriptor(number),
            (None, None) => Source::Person,
        };
        let passphrase = from.fetch(run.terminal, Asked::New)?;
        let hardening = hardening(self.calibrate)?;
        run.as_principal_in(|room, session| {
            let builder = Strongroom::builder().account(room.account()).region(session.region()).hardening(hardening);
            let sealed = builder.create_in_memory(Unlock::Passphrase(passphrase))?;
            let into = sealed.root();
            into.transaction(|t| self.gather(session)?.iter().try_for_each(|secret| secret.put(t)))?;
            let made = sealed.backup(path)?;
            run.out.thing(&record_of(path, &made), "File")
        })
    }

    /// Everything of the secrets that are meant; who may not read one of them exports nothing.
    fn gather(&self, session: &Session) -> Result<Vec<Leaving>, Failure> {
        let mut found = Vec::new();
        let (mut next, mut keyed): (_, u64) = (None, 0);
        loop {
            let mut request = ListSecrets::new().max_results(100).sort_by("name").sort_order("asc");
            let filters: Vec<Filter> = self.tag.iter().map(|(key, _)| Filter::by("tag-key", [key.as_str()])).collect();
            request.filters = (!filters.is_empty()).then_some(filters);
            request.next_token = next;
            let page = session.list_secrets(request)?;
            for entry in &page.secret_list {
                let has = |(key, value): &(String, String)| {
                    entry.tags.iter().flatten().any(|tag| (&*tag.key, &*tag.value) == (key.as_str(), value.as_str()))
                };
                if self.pattern.as_deref().is_none_or(|pattern| matches(pattern, &entry.name))
                    && self.tag.iter().all(has)
                {
                    let secret = Leaving::read(session, &entry.name, self.wants_all_versions())?;
                    keyed = keyed.saturating_add(u64::from(secret.kms_key_id.is_some()));
                    found.push(secret);
                }
            }
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        if found.is_empty() {
            note("note: no secret is meant by this");
        }
        if keyed > 0 {
            note(&format!(
                "note: {keyed} secrets are under keys of their own, which stay with the store; `import --kms-key` names one"
            ));
        }
        Ok(found)
    }
    fn wants_all_versions(&self) -> bool {
        self.to_passphrase.is_some() || self.format == Format::Aws
    }

    fn written(&self, secrets: &[Leaving]) -> Result<Vec<SecretBytes>, Failure> {
        match self.format {
            Format::Aws => {
                Ok(secrets.iter().flat_map(|secret| [json::write(secret), SecretBytes::from("\n")]).collect())
            }
            Format::Json => {
                texts(secrets)?;
                Ok(vec![json::write(&ByName(secrets)), SecretBytes::from("\n")])
            }
            Format::Dotenv => dotenv(secrets),
            Format::Csv => table(secrets),
        }
    }
}

impl Leaving {
    fn read(session: &Session, name: &str, all: bool) -> Result<Self, Failure> {
        let told = session.describe_secret(DescribeSecret::new(name))?;
        let mut versions = Vec::new();
        let mut next = None;
        loop {
            let mut request = ListSecretVersionIds::new(name);
            request.next_token = next;
            let page = session.list_secret_version_ids(request)?;
            for version in &page.versions {
                let stages = version.version_stages.as_deref().unwrap_or_default();
                let is_current = stages.iter().any(|stage| *stage == *CURRENT);
                if !stages.is_empty() && (all || is_current) {
                    let request = GetSecretValue::new(name).version_id(version.version_id.as_str());
                    versions.push(session.get_secret_value(request)?);
                }
            }
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        let rank = |version: &GetSecretValueResponse| {
            let has = |label: &str| version.version_stages.iter().flatten().any(|stage| *stage == *label);
            if has(CURRENT) {
                0
            } else if has(PREVIOUS) {
                1
            } else {
                2
            }
        };
        versions.sort_by_key(rank);
        Ok(Self {
            name: name.to_owned(),
            description: told.description.map(Into::into),
            kms_key_id: told.kms_key_id.map(Into::into),
            tags: told.tags.unwrap_or_default(),
            versions,
        })
    }
    fn current(&self) -> Option<&GetSecretValueResponse> {
        let is_current =
            |version: &&GetSecretValueResponse| version.version_stages.iter().flatten().any(|stage| *stage == *CURRENT);
        self.versions.iter().find(is_current)
    }
    /// Into another store: versions with their ids and labels, the one before the current one first.
    fn put(&self, t: &strongroom::Transaction<'_>) -> Result<(), Failure> {
        let name = self.name.as_str();
        let mut request = CreateSecret::new(name);
        request.description = self.description.as_deref().map(Into::into);
        request.tags = (!self.tags.is_empty()).then(|| self.tags.clone());
        let (current, rest) = match self.versions.split_first() {
            Some((current, rest)) => (Some(current), rest),
            None => (None, &[][..]),
        };
        let is_previous =
            |version: &GetSecretValueResponse| version.version_stages.iter().flatten().any(|stage| *stage == *PREVIOUS);
        let (previous, rest) = match rest.split_first() {
            Some((previous, rest)) if is_previous(previous) => (Some(previous), rest),
            _ => (None, rest),
        };
        if let Some(first) = previous.or(current) {
            request.client_request_token = Some(first.version_id.clone());
            (request.secret_string, request.secret_binary) = copied(first);
        }
        t.create_secret(request)?;
        let put = |version: &GetSecretValueResponse, labelled: bool| {
            let mut request = PutSecretValue::new(name);
            request.client_request_token = Some(version.version_id.clone());
            (request.secret_string, request.secret_binary) = copied(version);
            request.version_stages = version.version_stages.clone().filter(|_| labelled);
            t.put_secret_value(request)
        };
        if let (Some(_), Some(current)) = (previous, current) {
            put(current, false)?;
        }
        for version in rest {
            put(version, true)?;
        }
        for version in [current, previous].into_iter().flatten() {
            for label in
                version.version_stages.iter().flatten().filter(|label| **label != *CURRENT && **label != *PREVIOUS)
            {
                let request =
                    UpdateSecretVersionStage::new(name, label.clone()).move_to_version_id(version.version_id.clone());
                t.update_secret_version_stage(request)?;
            }
        }
        Ok(())
    }
}

fn copied(version: &GetSecretValueResponse) -> (Option<SecretText>, Option<SecretBytes>) {
    let text = version.secret_string.as_ref().map(|text| SecretText::from(text.expose()));
    let bytes = version.secret_binary.as_ref().map(|bytes| SecretBytes::copy_of(bytes.expose()));
    (text, bytes)
}

impl Tell for Leaving {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            sink.entry("Name", &strongroom::name::Text::from(self.name.as_str()));
            if let Some(text) = &self.description {
                sink.entry("Description", &strongroom::name::Text::from(text.as_str()));
            }
            if let Some(key) = &self.kms_key_id {
                sink.entry("KmsKeyId", &strongroom::name::Text::from(key.as_str()));
            }
            if !self.tags.is_empty() {
                sink.entry("Tags", &self.tags);
            }
            sink.entry("Versions", &Versions(&self.versions));
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

struct Versions<'v>(&'v [GetSecretValueResponse]);

impl Tell for Versions<'_> {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.list(self.0.len(), &mut |index, sink| {
            let Some(version) = self.0.get(index) else { return };
            sink.map(&mut |sink| {
                sink.entry("VersionId", &version.version_id);
                if let Some(stages) = &version.version_stages {
                    sink.entry("VersionStages", stages);
                }
                if let Some(text) = &version.secret_string {
                    sink.entry("SecretString", text);
                }
                if let Some(bytes) = &version.secret_binary {
                    sink.entry("SecretBinary", bytes);
                }
                if let Some(created) = &version.created_date {
                    sink.entry("CreatedDate", created);
                }
            });
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Many(self.0.len())
    }
}

/// Names and their current values, those that have one.
struct ByName<'s>(&'s [Leaving]);

impl Tell for ByName<'_> {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            for secret in self.0 {
                if let Some(text) = secret.current().and_then(|version| version.secret_string.as_ref()) {
                    sink.entry(&secret.name, text);
                }
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

/// Secrets and their current text. What has none cannot be told in forms of text.
fn texts(secrets: &[Leaving]) -> Result<Vec<(&Leaving, &SecretText)>, Failure> {
    let mut found = Vec::with_capacity(secrets.len());
    for secret in secrets {
        match secret.current() {
            None => note(&format!("note: `{}` has no value and is left out", harmless(&secret.name))),
            Some(version) => match &version.secret_string {
                Some(text) => found.push((secret, text)),
                None => {
                    return Err(Failure::invalid(format!(
                        "`{}` is bytes, and this form is text",
                        harmless(&secret.name)
                    ))
                    .help("`--format aws` tells bytes, too"));
                }
            },
        }
    }
    Ok(found)
}

/// `NAME="value"`: a name in capitals, with `_` for what a variable cannot have in it.
fn dotenv(secrets: &[Leaving]) -> Result<Vec<SecretBytes>, Failure> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut parts = Vec::new();
    for (secret, text) in texts(secrets)? {
        let mut key: String = secret.name.to_ascii_uppercase();
        key = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if key.starts_with(|c: char| c.is_ascii_digit()) {
            key.insert(0, '_');
        }
        if let Some(other) = seen.insert(key.clone(), &secret.name) {
            return Err(Failure::invalid(format!(
                "`{}` and `{}` would both be `{key}`",
                harmless(other),
                harmless(&secret.name)
            )));
        }
        if text.expose().contains('\0') {
            return Err(Failure::invalid(format!("`{}` holds a NUL, which no variable can", harmless(&secret.name))));
        }
        parts.push(SecretBytes::from(format!("{key}=\"").as_str()));
        parts.push(escaped(text.expose(), |c| match c {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '$' => Some("\\$"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            _ => None,
        }));
        parts.push(SecretBytes::from("\"\n"));
    }
    Ok(parts)
}

/// RFC 4180.
fn table(secrets: &[Leaving]) -> Result<Vec<SecretBytes>, Failure> {
    let cell = |text: &str| escaped(text, |c| (c == '"').then_some("\"\""));
    let mut parts = vec![SecretBytes::from("name,value,description\r\n")];
    for (secret, text) in texts(secrets)? {
        parts.extend([
            SecretBytes::from("\""),
            cell(&secret.name),
            SecretBytes::from("\",\""),
            cell(text.expose()),
            SecretBytes::from("\",\""),
            cell(secret.description.as_deref().unwrap_or_default()),
            SecretBytes::from("\"\r\n"),
        ]);
    }
    Ok(parts)
}

/// Measured first, then written once into a buffer that is wiped.
fn escaped(text: &str, escape: impl Fn(char) -> Option<&'static str>) -> SecretBytes {
    let len = text.chars().map(|c| escape(c).map_or(c.len_utf8(), str::len)).sum();
    let filled = SecretBytes::fill_with(len, |out| {
        let mut rest = out;
        for c in text.chars() {
            let mut plain = [0; 4];
            let piece = escape(c).unwrap_or_else(|| c.encode_utf8(&mut plain));
            let (place, after) = rest.split_at_mut_checked(piece.len()).ok_or(())?;
            place.copy_from_slice(piece.as_bytes());
            rest = after;
        }
        Ok(())
    });
    filled.unwrap_or_else(|()| SecretBytes::from(""))
}

/// A file for its owner alone, whole or not at all.
fn save(path: &Path, parts: &[SecretBytes]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !save_from_nameless(folder, path, parts)? {
        // Made with mode 0600, and taken away again if anything goes wrong; who is killed leaves it.
        let mut draft = tempfile::Builder::new().prefix(".strongroom-").tempfile_in(folder)?;
        parts.iter().try_for_each(|part| draft.write_all(part.expose()))?;
        draft.as_file().sync_all()?;
        draft.persist_noclobber(path).map_err(|refused| refused.error)?;
    }
    File::open(folder)?.sync_all()
}

/// From a file that has no name before it is whole, so that nobody finds half of it: where the system has such files.
#[cfg(target_os = "linux")]
fn save_from_nameless(folder: &Path, path: &Path, parts: &[SecretBytes]) -> io::Result<bool> {
    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
    use rustix::io::Errno;
    use std::os::fd::AsRawFd;
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut file = match open(folder, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => File::from(file),
        // Of file systems, and of kernels, without them.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => return Ok(false),
        Err(errno) => return Err(errno.into()),
    };
    parts.iter().try_for_each(|part| file.write_all(part.expose()))?;
    file.sync_all()?;
    let by_number = format!("/proc/self/fd/{}", file.as_raw_fd());
    match linkat(CWD, by_number, CWD, path, AtFlags::SYMLINK_FOLLOW) {
        Ok(()) => Ok(true),
        // There is no `/proc`.
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}
#[cfg(not(target_os = "linux"))]
fn save_from_nameless(_: &Path, _: &Path, _: &[SecretBytes]) -> io::Result<bool> {
    Ok(false)
}

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";
