//! A JSON text as a tree: for readers that learn what they have by looking at it, as those of exports of other programs do.

use strongroom_keystore::SecretText;

use super::Reader;
use crate::operation::{Malformed, Refused};

/// A value, and where it stands.
#[derive(Debug)]
pub struct Node {
    /// Byte offset of its first byte in the text.
    pub start: usize,
    /// Byte offset behind its last.
    pub end: usize,
    /// What it is.
    pub value: Value,
}

/// What a value is. Whatever may be a secret is in a buffer of its exact size, which is wiped; names of members are not.
#[derive(Debug)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as it is written.
    Number(SecretText),
    /// Text.
    Text(SecretText),
    /// A list.
    List(Vec<Node>),
    /// An object, its members as they stand. No name is given twice.
    Object(Vec<(String, Node)>),
}

/// The values of a text, one after the other, with white space between them at most: a JSON text has one, JSON lines have many.
/// As strict as every reader here; lists and objects nest up to 32 deep, and there are 2,097,152 values at most, so that a short
/// text cannot ask for much memory.
///
/// # Errors
/// Where the text is not JSON, never with what it holds.
pub fn read_trees(text: &[u8]) -> Result<Vec<Node>, Malformed> {
    let mut reader = Reader::new(text)?;
    let mut nodes = Vec::new();
    let mut left = VALUES_MAX;
    while reader.peek().is_some() {
        nodes.push(node(&mut reader, &mut left).map_err(|why| match why {
            Refused::Malformed(malformed) => malformed,
            // Of a tree there is no model to be against.
            Refused::Invalid(_) => Malformed::new(reader.at, "expected a value"),
        })?);
    }
    Ok(nodes)
}

fn node(reader: &mut Reader<'_>, left: &mut usize) -> Result<Node, Refused> {
    let kind = reader.peek();
    match left.checked_sub(1) {
        Some(fewer) => *left = fewer,
        None => return Ok(reader.bad("too many values")?),
    }
    let start = reader.at;
    let value = match kind {
        Some(b'"') => Value::Text(crate::operation::Source::secret_text(reader)?),
        Some(b'{') => {
            let mut members = Vec::new();
            reader.members("expected an object", |reader, name| {
                members.push((name.to_owned(), node(reader, left)?));
                Ok(())
            })?;
            Value::Object(members)
        }
        Some(b'[') => {
            let mut elements = Vec::new();
            reader.elements(|reader| {
                elements.push(node(reader, left)?);
                Ok(())
            })?;
            Value::List(elements)
        }
        Some(b'-' | b'0'..=b'9') => Value::Number(SecretText::from(reader.number()?)),
        _ if reader.word("true") => Value::Boolean(true),
        _ if reader.word("false") => Value::Boolean(false),
        _ if reader.word("null") => Value::Null,
        _ => return Ok(reader.bad("expected a value")?),
    };
    Ok(Node { start, end: reader.at, value })
}

const VALUES_MAX: usize = 1 << 21;

#[cfg(test)]
mod tests {
    use super::*;

    /// What a tree says, as JSON again.
    fn told(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".to_owned(),
            Value::Boolean(value) => value.to_string(),
            Value::Number(text) => text.expose().to_owned(),
            Value::Text(text) => serde_json::to_string(text.expose()).unwrap(),
            Value::List(nodes) => format!("[{}]", nodes.iter().map(told).collect::<Vec<_>>().join(",")),
            Value::Object(members) => {
                let member =
                    |(name, node): &(String, Node)| format!("{}:{}", serde_json::to_string(name).unwrap(), told(node));
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }

    #[test]
    fn a_tree_says_what_the_text_says_and_where() {
        let text = "  {\"a\" : [1, -2.50e+3, \"x\\n\\u00e4\", null], \"b\":{\"c\":true,\"d\":false}} \n 12345678901234567890123 ";
        let nodes = read_trees(text.as_bytes()).unwrap();
        let again: Vec<String> = nodes.iter().map(told).collect();
        assert_eq!(again, [r#"{"a":[1,-2.50e+3,"x\nä",null],"b":{"c":true,"d":false}}"#, "12345678901234567890123"]);
        assert_eq!(&text[nodes[1].start..nodes[1].end], "12345678901234567890123");
        let Value::Object(members) = &nodes[0].value else { panic!("no object") };
        let (name, node) = &members[1];
        assert_eq!((name.as_str(), &text[node.start..node.end]), ("b", r#"{"c":true,"d":false}"#));
        assert!(read_trees(b" \n").unwrap().is_empty());
    }

    #[test]
    fn what_is_not_strictly_json_is_refused_where_it_is_wrong() {
        for (text, at) in [
            ("{\"a\":1,\"a\":2}", 10),
            ("[1,]", 3),
            ("{\"a\":\"\\ud800\"}", 6),
            ("nul", 0),
            ("[01]", 2),
            ("\u{feff}1", 0),
            ("\"a\nb\"", 2),
        ] {
            assert_eq!(read_trees(text.as_bytes()).unwrap_err().at, at, "{text}");
        }
        assert!(read_trees(&[b'"', 0xff, b'"']).is_err());
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read_trees(deep(32).as_bytes()).is_ok());
        assert_eq!(read_trees(deep(100_000).as_bytes()).unwrap_err().what, "nested too deeply");
        assert_eq!(read_trees("1 ".repeat(VALUES_MAX + 1).as_bytes()).unwrap_err().what, "too many values");
    }
}
