//! Holds the salvage to the property that the fuzz target `salvage` tries to break, without a
//! fuzzer: with the inputs that it kept, and with many others.

#[path = "../../../fuzz/src/salvage.rs"]
mod properties;

use std::fs;
use std::path::Path;

/// How many inputs are tried besides those of the corpus.
const INPUTS: u64 = 20_000;

#[test]
fn a_salvage_finds_whole_messages_and_nothing_else() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/salvage");
    let files = fs::read_dir(corpus).expect("the target has a corpus");
    for file in files {
        let input = fs::read(file.expect("it can be listed").path());
        properties::salvage(&input.expect("it can be read"));
    }
    let inputs = std::env::var("SALVAGE_FILES").ok();
    let inputs = inputs.and_then(|text| text.parse().ok()).unwrap_or(INPUTS);
    for seed in 0..inputs {
        properties::salvage(&choices(seed));
    }
}

/// Bytes that look random, the same ones each time.
fn choices(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    let length = 16 + usize::from(next());
    (0..length).map(|_| next()).collect()
}
