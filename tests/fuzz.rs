//! Holds the counter, the merge and the names to the properties that `cargo xtask fuzz`
//! tries to break, without a fuzzer: with the inputs that it kept, with changes
//! of those, and with any bytes.

#[path = "../fuzz/src/lib.rs"]
mod properties;

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

/// How many inputs are tried besides those of the corpus, of either kind.
const CASES: u32 = 3000;

#[test]
fn the_counter_agrees_with_the_reference_in_any_chunks() {
    holds_for_many("counter", properties::counter);
}

#[test]
fn the_counter_agrees_with_the_reference_on_near_sessions() {
    holds_for_many("json", properties::json);
}

#[test]
fn a_merge_adds_what_only_the_live_file_holds_or_changes_nothing() {
    holds_for_many("merge", properties::merge);
}

#[test]
fn ids_stay_inside_and_names_lead_back_to_them() {
    holds_for_many("names", properties::names);
}

fn holds_for_many(target: &str, property: fn(&[u8])) {
    let corpus = corpus(target);
    for input in &corpus {
        property(input);
    }
    holds_for(&changed(corpus.clone()), property);
    holds_for(&vec(any::<u8>(), 0..400), property);
    println!(
        "{target}: {} inputs of the corpus, {CASES} changed ones, {CASES} of any bytes",
        corpus.len()
    );
}

fn holds_for(inputs: &impl Strategy<Value = Vec<u8>>, property: fn(&[u8])) {
    let mut runner = TestRunner::new(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let held = runner.run(inputs, |input| {
        property(&input);
        Ok(())
    });
    held.unwrap_or_else(|failure| panic!("{failure}"));
}

/// What the fuzzer kept of this target.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let files = fs::read_dir(directory.join(target)).expect("each target has a corpus");
    let read = files.map(|file| fs::read(file?.path()));
    let inputs: Vec<_> = read.collect::<Result<_, _>>().expect("it can be read");
    assert!(!inputs.is_empty(), "the corpus of {target} is empty");
    inputs
}

/// The start of an input, something else, and the end of the same or of another.
fn changed(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let one = select(corpus.clone());
    let other = prop_oneof![3 => Just(None), 1 => select(corpus).prop_map(Some)];
    let put = vec(any::<u8>(), 0..4);
    let parts = (one, other, put, any::<Index>(), any::<Index>());
    parts.prop_map(|(one, other, put, at, from)| {
        let at = at.index(one.len() + 1);
        let rest = match &other {
            Some(other) => &other[from.index(other.len() + 1)..],
            None => &one[at + from.index(4.min(one.len() - at) + 1)..],
        };
        [&one[..at], &put, rest].concat()
    })
}
