//! The rotation functions of this machine: which ARN means what, by a file that only its owner can change.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};
use strongroom::operation::Operation as _;
use strongroom::operation::secretsmanager::GetRandomPassword;
use strongroom::{GenerateSecret, Strongroom};

use super::postgresql::{PostgreSql, Strategy};
use super::program::{Program, TIME_LIMIT};
use crate::failure::{Done, Exit, Failure};
use crate::settings::variable;

/// Which file names the functions.
#[derive(Args, Debug)]
pub struct FunctionArgs {
    /// The file that says what runs under which function ARN [default: STRONGROOM_FUNCTIONS]
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,
}

impl FunctionArgs {
    /// Reads the file, before the store is opened. Without one there are no functions.
    pub fn read(&self) -> Result<Functions, Failure> {
        let path = match &self.functions {
            Some(path) => Some(path.clone()),
            None => variable(VARIABLE)?.map(PathBuf::from),
        };
        path.map_or_else(|| Ok(Functions::default()), |path| Functions::read(&path))
    }
}

/// Functions by their ARN, in the order of the file.
#[derive(Debug, Default)]
pub struct Functions(Vec<(String, Function)>);

/// One function: the role that it acts as, and what it is.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Function {
    Generate {
        role: String,
        field: Option<String>,
        #[serde(default)]
        password: PasswordRules,
    },
    Program {
        role: String,
        argv: Vec<String>,
        /// Seconds.
        time_limit: Option<u64>,
    },
    PostgreSql {
        role: String,
        strategy: Strategy,
        #[serde(default)]
        password: PasswordRules,
        /// Certificates that servers may be known by, in the place of those that the machine trusts.
        ca_file: Option<PathBuf>,
    },
}

/// What new passwords are like: members of GetRandomPassword.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PasswordRules {
    password_length: Option<i64>,
    exclude_characters: Option<String>,
    exclude_numbers: Option<bool>,
    exclude_punctuation: Option<bool>,
    exclude_uppercase: Option<bool>,
    exclude_lowercase: Option<bool>,
    include_space: Option<bool>,
    require_each_included_type: Option<bool>,
}

impl PasswordRules {
    /// The request that makes one.
    pub fn request(&self) -> GetRandomPassword {
        let mut request = GetRandomPassword::new();
        request.password_length = self.password_length;
        request.exclude_characters = self.exclude_characters.as_deref().map(Into::into);
        request.exclude_numbers = self.exclude_numbers;
        request.exclude_punctuation = self.exclude_punctuation;
        request.exclude_uppercase = self.exclude_uppercase;
        request.exclude_lowercase = self.exclude_lowercase;
        request.include_space = self.include_space;
        request.require_each_included_type = self.require_each_included_type;
        request
    }
    /// The same, without these characters unless the file says which ones are left out.
    pub fn excluding(mut self, characters: &str) -> Self {
        self.exclude_characters.get_or_insert_with(|| characters.to_owned());
        self
    }
}

impl Functions {
    fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let io = |cause| Failure::io(format!("the functions file `{shown}`"), &cause);
        let file = File::open(path).map_err(io)?;
        let found = file.metadata().map_err(io)?;
        // Whoever can write there chooses what runs with the roles' rights.
        if ![0, rustix::process::geteuid().as_raw()].contains(&found.uid()) || found.mode() & 0o022 != 0 {
            return Err(refused(&format!("`{shown}` is not ours, or others can write to it"))
                .help(format!("chmod go-w '{shown}'")));
        }
        let mut text = String::new();
        file.take(FILE_MAX).read_to_string(&mut text).map_err(io)?;
        Self::parse(&text).map_err(|why| refused(&format!("{shown}: {why}")).help(FORM))
    }
    fn parse(text: &str) -> Result<Self, String> {
        let functions: Self = serde_json::from_str(text).map_err(|cause| cause.to_string())?;
        for (arn, function) in &functions.0 {
            function.check().map_err(|why| format!("{arn}: {why}"))?;
        }
        Ok(functions)
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Tells the store what to call; returns the ARNs.
    pub fn register(self, room: &Strongroom) -> Result<Vec<String>, Failure> {
        let mut arns = Vec::with_capacity(self.0.len());
        for (arn, function) in self.0 {
            function.register(room, &arn)?;
            arns.push(arn);
        }
        Ok(arns)
    }
}

impl Function {
    fn check(&self) -> Result<(), String> {
        match self {
            Self::PostgreSql { ca_file: Some(path), .. } if !path.is_absolute() => {
                Err("`ca_file` is the absolute path of a file".into())
            }
            Self::Generate { password, .. } | Self::PostgreSql { password, .. } => {
                password.request().check().map_err(|error| error.message().to_string())
            }
            Self::Program { argv, time_limit, .. } => {
                if !argv.first().is_some_and(|program| program.starts_with('/')) {
                    return Err("`argv` begins with the absolute path of a program: there is no shell".into());
                }
                if argv.iter().any(|argument| argument.contains('\0')) {
                    return Err("`argv` holds a NUL".into());
                }
                if time_limit.is_some_and(|seconds| !(1..=TIME_LIMIT_MAX).contains(&seconds)) {
                    return Err(format!("`time_limit` is 1 to {TIME_LIMIT_MAX} seconds"));
                }
                Ok(())
            }
        }
    }
    fn register(self, room: &Strongroom, arn: &str) -> Done {
        match self {
            Self::Generate { role, field, password } => {
                let mut function = GenerateSecret::new().options(password.request());
                if let Some(field) = field {
                    function = function.field(field);
                }
                room.register_rotation_function(arn, &role, function)?;
            }
            Self::Program { role, argv, time_limit } => {
                let limit = time_limit.map_or(TIME_LIMIT, Duration::from_secs);
                room.register_rotation_function(arn, &role, Program::new(argv, limit))?;
            }
            Self::PostgreSql { role, strategy, password, ca_file } => {
                room.register_rotation_function(arn, &role, PostgreSql::new(strategy, password, ca_file))?;
            }
        }
        Ok(())
    }
}

/// A map, of which every key stands once: with two of one ARN, one would silently not be meant.
impl<'de> Deserialize<'de> for Functions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Functions;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of function ARNs")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Functions, A::Error> {
                let mut functions: Vec<(String, Function)> = Vec::new();
                while let Some(arn) = entries.next_key::<String>()? {
                    if functions.iter().any(|(known, _)| *known == arn) {
                        return Err(A::Error::custom(format_args!("`{arn}` stands there twice")));
                    }
                    functions.push((arn, entries.next_value()?));
                }
                Ok(Functions(functions))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn refused(message: &str) -> Failure {
    Failure::new(Exit::Usage, "Config", crate::flat::harmless(message))
}

const VARIABLE: &str = "STRONGROOM_FUNCTIONS";
const FORM: &str =
    r#"{"arn:aws:lambda:…:function:NAME": {"kind": "generate" | "program" | "postgresql", "role": ROLE, …}}"#;
/// 1 MiB.
const FILE_MAX: u64 = 1 << 20;
/// A quarter of an hour: what AWS gives a function at most.
const TIME_LIMIT_MAX: u64 = 900;

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<usize, String> {
        Functions::parse(text).map(|functions| functions.0.len())
    }

    #[test]
    fn every_kind_is_read_with_its_options() {
        let all = r#"{
            "arn:a": {"kind": "generate", "role": "r", "field": "password", "password": {"PasswordLength": 40}},
            "arn:b": {"kind": "program", "role": "r", "argv": ["/bin/true", "x y"], "time_limit": 5},
            "arn:c": {"role": "r", "strategy": "single-user", "kind": "postgresql", "ca_file": "/etc/ssl/own.pem"},
            "arn:d": {"kind": "postgresql", "role": "r", "strategy": "alternating-users", "password": {"ExcludeNumbers": true}}}"#;
        assert_eq!(parsed(all), Ok(4));
        assert_eq!(parsed("{}"), Ok(0));
    }
    #[test]
    fn what_is_unknown_missing_or_double_is_refused_by_its_name() {
        for (text, word) in [
            ("[]", "an object of function ARNs"),
            (r#"{"arn:a": {"kind": "shell", "role": "r"}}"#, "shell"),
            (r#"{"arn:a": {"role": "r"}}"#, "kind"),
            (r#"{"arn:a": {"kind": "generate"}}"#, "role"),
            (r#"{"arn:a": {"kind": "generate", "role": "r", "fields": "x"}}"#, "fields"),
            (r#"{"arn:a": {"kind": "generate", "role": "r", "password": {"Length": 1}}}"#, "Length"),
            (r#"{"arn:a": {"kind": "generate", "role": "r", "password": {"PasswordLength": 0}}}"#, "passwordLength"),
            (r#"{"arn:a": {"kind": "program", "role": "r", "argv": []}}"#, "argv"),
            (r#"{"arn:a": {"kind": "program", "role": "r", "argv": ["sh", "-c", "x"]}}"#, "absolute"),
            (r#"{"arn:a": {"kind": "program", "role": "r", "argv": ["/x"], "time_limit": 0}}"#, "time_limit"),
            (r#"{"arn:a": {"kind": "program", "role": "r", "argv": ["/x"], "shell": true}}"#, "shell"),
            (r#"{"arn:a": {"kind": "postgresql", "role": "r"}}"#, "strategy"),
            (r#"{"arn:a": {"kind": "postgresql", "role": "r", "strategy": "both"}}"#, "both"),
            (
                r#"{"arn:a": {"kind": "postgresql", "role": "r", "strategy": "single-user", "ca_file": "own.pem"}}"#,
                "ca_file",
            ),
            (r#"{"arn:a": {"kind": "generate", "role": "r"}, "arn:a": {"kind": "generate", "role": "s"}}"#, "twice"),
        ] {
            let why = parsed(text).unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
        }
    }
}
