//! Bytes of rows: what decodes, encodes to the same bytes. The first byte chooses the kind of record.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom::testing::{RECORD_KINDS, decode_record};

const FRAME: usize = 9;

fn check(kind: u8, bytes: &[u8]) {
    if let Some(again) = decode_record(kind, bytes) {
        assert_eq!(again, bytes, "two encodings of one record of kind {kind}");
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    let kind = RECORD_KINDS.start() + choice % (RECORD_KINDS.end() - RECORD_KINDS.start() + 1);
    check(kind, bytes);
    // The same bytes as a body, in a frame that holds: of the first version, and of the second where there is one.
    for version in [1, 2] {
        let mut framed = Vec::with_capacity(FRAME + bytes.len());
        framed.extend_from_slice(b"SR");
        framed.extend_from_slice(&[kind, 0, version]);
        framed.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        framed.extend_from_slice(bytes);
        check(kind, &framed);
    }
});
