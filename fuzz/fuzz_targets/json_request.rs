//! Any body as a request of any operation. What is accepted is JSON to serde_json too, and writing it, reading that and
//! writing again gives the same bytes. The first byte chooses the operation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom::json::{read_any, write};
use strongroom::operation::ALL;

fuzz_target!(|input: &[u8]| {
    let Some((choice, body)) = input.split_first() else { return };
    let entry = &ALL[usize::from(*choice) % ALL.len()];
    let Ok(request) = read_any(entry.service, entry.name, body) else { return };
    assert_eq!((request.service(), request.name()), (entry.service, entry.name));
    if let Err(why) = serde_json::from_slice::<serde_json::Value>(body) {
        panic!("{} takes what is no JSON: {why}", entry.name);
    }
    let valid = request.check().is_ok();
    let written = write(&request);
    let again = read_any(entry.service, entry.name, written.expose())
        .unwrap_or_else(|why| panic!("{} does not read what it wrote: {why}", entry.name));
    assert_eq!(write(&again).expose(), written.expose(), "{} changes on its way", entry.name);
    assert_eq!(again.check().is_ok(), valid, "{} is valid on one side of its way only", entry.name);
});
