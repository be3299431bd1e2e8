//! What a rotation program says through its descriptor, and what it is answered: one JSON object a line, both ways.

use serde::Deserialize;
use serde_json::value::RawValue;
use strongroom::operation::{Facet, Sink, Tell};
use strongroom::{Error, SecretBytes, Session, json};

use crate::own::{Cell, Record};

/// One call. A member that is not known is refused: a misspelt one must not be silently nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked<'l> {
    service: Option<&'l str>,
    operation: &'l str,
    #[serde(borrow)]
    input: Option<&'l RawValue>,
}

/// Serves one line with the rights of the session, and with nothing else.
pub fn answer(session: &Session, line: &SecretBytes) -> SecretBytes {
    match serve(session, line.expose()) {
        Ok(output) => json::write(&Under("output", &output)),
        Err(Refused { code, message }) => {
            let error = Record::new().with("__type", code).with("Message", message);
            json::write(&Record::new().with("error", Cell::Record(Box::new(error))))
        }
    }
}

struct Refused {
    code: &'static str,
    message: String,
}
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { code: error.code(), message: error.message().to_string() }
    }
}

fn serve(session: &Session, line: &[u8]) -> Result<impl Tell + use<>, Refused> {
    // The parser's own words may quote what it read.
    let malformed = || Refused {
        code: "SerializationException",
        message: r#"a line is {"operation":"…","input":{…}}, with "service" for another than secretsmanager"#.into(),
    };
    let text = std::str::from_utf8(line).map_err(|_| malformed())?;
    let asked: Asked<'_> = serde_json::from_str(text).map_err(|_| malformed())?;
    let input = asked.input.map_or("{}", RawValue::get);
    let request = json::read_any(asked.service.unwrap_or("secretsmanager"), asked.operation, input.as_bytes())?;
    Ok(session.call_any(request)?)
}

/// A value under one name.
struct Under<'t, T>(&'static str, &'t T);

impl<T: Tell> Tell for Under<'_, T> {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| sink.entry(self.0, self.1));
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

/// Tells a program the number of its descriptor.
pub const VARIABLE: &str = "STRONGROOM_CALLBACK_FD";
