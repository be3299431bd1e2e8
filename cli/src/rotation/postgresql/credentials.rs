//! A database secret, as AWS's rotation templates have it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use strongroom::json::Reader;
use strongroom::operation::Source as _;
use strongroom::operation::secretsmanager::GetSecretValueResponse;
use strongroom::{RotationFailure, SecretBytes, SecretText};
use zeroize::Zeroizing;

/// Where to log in and as whom; and the text that says so.
#[derive(Debug)]
pub struct Credentials {
    text: SecretText,
    host: String,
    port: u16,
    user: String,
    password: SecretText,
    database: String,
    master: Option<String>,
    tls: Tls,
}

/// What the secret says of TLS, as `ssl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    Wanted,
    Unwanted,
    Unsaid,
}

/// How to speak to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Clear,
    /// With a server whose certificate is good.
    Tls,
    /// The same, because the secret does not say otherwise.
    TlsUnsaid,
    /// The same if it can be, else in the clear: nobody sits between.
    TlsOrClear,
}

impl Credentials {
    /// Of a version's value.
    pub fn read(answer: &GetSecretValueResponse) -> Result<Self, String> {
        let text = answer.secret_string.as_ref().ok_or("the value is not text")?;
        Self::parse(text.expose())
    }
    /// Says what is wrong by the names of members; what is in them is a secret.
    fn parse(text: &str) -> Result<Self, String> {
        let members = members(text)?;
        let find = |name: &str| members.iter().find(|(own, _)| own == name).map(|(_, value)| value.get());
        let text_of = |name: &str| find(name).filter(|raw| *raw != "null").map(|raw| string(name, raw)).transpose();
        let needed = |name: &str| text_of(name)?.ok_or_else(|| format!("it has no `{name}`"));
        if needed("engine")? != "postgres" {
            return Err("its `engine` is not `postgres`".into());
        }
        let password = find("password").ok_or("it has no `password`")?;
        let password =
            Reader::new(password.as_bytes()).and_then(|mut reader| reader.secret_text().map_err(into_malformed));
        let port = match find("port") {
            None | Some("null") => Some(5432),
            Some(raw) => raw.trim_matches('"').parse().ok(),
        };
        let tls = match find("ssl").map(str::to_ascii_lowercase).as_deref() {
            Some("true" | "\"true\"") => Tls::Wanted,
            Some("false" | "\"false\"") => Tls::Unwanted,
            _ => Tls::Unsaid,
        };
        Ok(Self {
            host: needed("host")?,
            port: port.ok_or("its `port` is no port")?,
            user: needed("username")?,
            password: password.map_err(|_| "its `password` is no text")?,
            database: text_of("dbname")?.unwrap_or_else(|| DATABASE.to_owned()),
            master: text_of("masterarn")?,
            tls,
            text: SecretText::from(text),
        })
    }
    /// The text with another user and password; all else stays as it stands there.
    pub fn with(&self, user: &str, password: &SecretText) -> Result<SecretText, RotationFailure> {
        let failed = |why: String| RotationFailure::new(format!("the current version: {why}"));
        let told = |cause: serde_json::Error| RotationFailure::new(cause.to_string());
        let own = self.text.expose();
        // Escapes make six characters of one at most; a buffer that grew would leave a copy behind.
        let room =
            own.len().saturating_add(user.len().saturating_add(password.len()).saturating_mul(6)).saturating_mul(2);
        let mut text = Zeroizing::new(Vec::with_capacity(room));
        for (name, value) in members(own).map_err(failed)? {
            let before = if text.is_empty() { b'{' } else { b',' };
            text.push(before);
            serde_json::to_writer(&mut *text, &name).map_err(told)?;
            text.push(b':');
            match &*name {
                "username" => serde_json::to_writer(&mut *text, user).map_err(told)?,
                "password" => serde_json::to_writer(&mut *text, password.expose()).map_err(told)?,
                _ => text.extend_from_slice(value.get().as_bytes()),
            }
        }
        text.push(b'}');
        SecretBytes::copy_of(&text).into_text().map_err(|_| RotationFailure::new("the new value is no text"))
    }
    /// The same, in the other's database.
    pub fn in_database_of(mut self, other: &Self) -> Self {
        self.database.clone_from(&other.database);
        self
    }
    pub fn is_at_server_of(&self, other: &Self) -> bool {
        self.host == other.host && self.port == other.port
    }
    pub fn host(&self) -> &str {
        &self.host
    }
    pub fn port(&self) -> u16 {
        self.port
    }
    pub fn user(&self) -> &str {
        &self.user
    }
    pub fn password(&self) -> &SecretText {
        &self.password
    }
    pub fn database(&self) -> &str {
        &self.database
    }
    /// The secret of the user that makes the other of two users.
    pub fn master(&self) -> Option<&str> {
        self.master.as_deref()
    }
    /// What the secret says, and what it does not say by where the server is. Whoever sits between could tell us that there is no TLS
    /// and ask for the password in the clear: to another machine nothing goes without unless that is meant.
    pub fn transport(&self) -> Result<Transport, RotationFailure> {
        let is_socket = self.host.starts_with('/');
        let is_near = self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        match self.tls {
            Tls::Wanted if is_socket => {
                Err(RotationFailure::new("the secret asks for TLS (`ssl`), and a socket of this machine has none"))
            }
            Tls::Wanted => Ok(Transport::Tls),
            Tls::Unwanted => Ok(Transport::Clear),
            Tls::Unsaid if is_socket => Ok(Transport::Clear),
            Tls::Unsaid if is_near => Ok(Transport::TlsOrClear),
            Tls::Unsaid => Ok(Transport::TlsUnsaid),
        }
    }
}

fn into_malformed(_: strongroom::operation::Refused) -> strongroom::operation::Malformed {
    strongroom::operation::Malformed::new(0, "a string")
}

fn string(name: &str, raw: &str) -> Result<String, String> {
    serde_json::from_str(raw).map_err(|_| format!("its `{name}` is no text"))
}

/// Members in their order, values as they stand.
fn members(text: &str) -> Result<Vec<(Cow<'_, str>, &RawValue)>, String> {
    // What the parser would say may quote what it read.
    serde_json::from_str::<Members<'_>>(text).map(|members| members.0).map_err(|_| {
        "it is not a JSON object with the members engine, host, username and password, each of them once".to_owned()
    })
}

struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

/// A member's name, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

impl<'de: 't, 't> Deserialize<'de> for Members<'t> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members<'de>, A::Error> {
                let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                while let Some((Name(name), value)) = entries.next_entry::<Name<'de>, &'de RawValue>()? {
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom("a member stands there twice"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// Where AWS's templates log in unless the secret says otherwise.
const DATABASE: &str = "postgres";

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = r#"{"engine":"postgres","host":"db.example","username":"app","password":"a\"b","port":"6000", "x": {"y":[1, 2.50]}}"#;

    #[test]
    fn a_secret_is_read_and_only_user_and_password_are_replaced() {
        let secret = Credentials::parse(SECRET).unwrap();
        assert_eq!((secret.host(), secret.port(), secret.user()), ("db.example", 6000, "app"));
        assert_eq!((secret.password().expose(), secret.database(), secret.master()), ("a\"b", "postgres", None));
        let other = secret.with("app_clone", &SecretText::from("n\\e\"w")).unwrap();
        assert_eq!(
            other.expose(),
            r#"{"engine":"postgres","host":"db.example","username":"app_clone","password":"n\\e\"w","port":"6000","x":{"y":[1, 2.50]}}"#
        );
        assert_eq!(Credentials::parse(other.expose()).unwrap().password().expose(), "n\\e\"w");
    }
    #[test]
    fn what_is_wrong_is_told_without_what_is_in_it() {
        for (text, word) in [
            ("hunter2", "JSON"),
            (r#"["hunter2"]"#, "JSON"),
            (r#"{"password":"hunter2","password":"x"}"#, "once"),
            (r#"{"engine":"mysql-hunter2","host":"h","username":"u","password":"p"}"#, "engine"),
            (r#"{"host":"hunter2","username":"u","password":"p"}"#, "engine"),
            (r#"{"engine":"postgres","username":"hunter2","password":"p"}"#, "host"),
            (r#"{"engine":"postgres","host":"h","password":"hunter2"}"#, "username"),
            (r#"{"engine":"postgres","host":"h","username":"hunter2"}"#, "password"),
            (r#"{"engine":"postgres","host":"h","username":"u","password":["hunter2"]}"#, "password"),
            (r#"{"engine":"postgres","host":"h","username":"u","password":"hunter2","port":70000}"#, "port"),
        ] {
            let why = Credentials::parse(text).unwrap_err();
            assert!(why.contains(word) && !why.contains("hunter2"), "{text}: {why}");
        }
    }
    #[test]
    fn what_goes_in_the_clear_is_said_or_stays_on_this_machine() {
        let transport = |host: &str, ssl: &str| {
            let text = format!(r#"{{"engine":"postgres","host":"{host}","username":"u","password":"p"{ssl}}}"#);
            Credentials::parse(&text).unwrap().transport().ok()
        };
        for host in ["localhost", "127.0.0.1", "::1", "db.example", "10.0.0.1", "localhost.example"] {
            for yes in [r#","ssl":true"#, r#","ssl":"True""#] {
                assert_eq!(transport(host, yes), Some(Transport::Tls), "{host} {yes}");
            }
            for no in [r#","ssl":false"#, r#","ssl":"FALSE""#] {
                assert_eq!(transport(host, no), Some(Transport::Clear), "{host} {no}");
            }
        }
        for unsaid in ["", r#","ssl":"yes""#, r#","ssl":null"#] {
            for near in ["localhost", "LOCALHOST", "127.0.0.1", "::1"] {
                assert_eq!(transport(near, unsaid), Some(Transport::TlsOrClear), "{near} {unsaid}");
            }
            for far in ["db.example", "10.0.0.1", "localhost.example"] {
                assert_eq!(transport(far, unsaid), Some(Transport::TlsUnsaid), "{far} {unsaid}");
            }
            assert_eq!(transport("/run/postgresql", unsaid), Some(Transport::Clear));
        }
        assert_eq!(transport("/run/postgresql", r#","ssl":true"#), None);
    }
}
