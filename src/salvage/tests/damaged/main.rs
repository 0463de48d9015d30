//! Damages sessions in every way that is known of, and holds what is found against what is there.

mod hostile;
mod twin;

use std::collections::BTreeMap;
use std::ops::Range;

use session_recovery_count::{Element, Elements, count};
use session_recovery_damages::{
    Damaged, KINDS, LAYOUTS, Layout, Numbers, Plan, Sample, Wanted, sample,
};
use session_recovery_salvage::{Decoder, Document, Salvaged, Salvager, salvage};

/// How many files are made by default, and how many messages the longest have.
const FILES: u64 = 2_000;
const MOST: u64 = 1_000;

fn setting(name: &str, default: u64) -> u64 {
    let setting = std::env::var(name).ok();
    setting
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut decoder = Decoder::default();
    decoder.feed(bytes, &mut |part| text.extend(part));
    decoder.finish(&mut |part| text.extend(part));
    text
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// The messages that were found.
fn messages(text: &[u8], salvaged: &Salvaged) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for region in salvaged
        .documents
        .iter()
        .flat_map(|document| &document.regions)
    {
        let place = usize::try_from(region.start).unwrap()..usize::try_from(region.end).unwrap();
        let before = messages.len();
        let mut take = |element: Element| {
            let place = usize::try_from(element.place.start).unwrap()
                ..usize::try_from(element.place.end).unwrap();
            messages.push(trimmed(&text[place]).to_vec());
        };
        let mut elements = Elements::new(region.start);
        elements.feed(&text[place], &mut take);
        elements.finish(&mut take);
        assert_eq!(messages.len() - before, region.count as usize);
    }
    messages
}

#[derive(Clone, Copy, Debug, Default)]
struct Score {
    files: u32,
    wanted: u32,
    found: u32,
    made_up: u32,
    misplaced: u32,
    /// Made up or misplaced where the answer says that it may be so.
    doubtful: u32,
}

impl Score {
    fn of(wanted: &[Wanted], found: &[Vec<u8>]) -> Self {
        let mut score = Self {
            files: 1,
            wanted: wanted
                .iter()
                .map(|wanted| u32::from(wanted.is_intact))
                .sum(),
            ..Self::default()
        };
        let mut rest = wanted;
        for text in found {
            if let Some(at) = rest.iter().position(|wanted| wanted.text == *text) {
                score.found += u32::from(rest[at].is_intact);
                rest = &rest[at + 1..];
            } else if wanted.iter().any(|wanted| wanted.text == *text) {
                score.misplaced += 1;
            } else {
                score.made_up += 1;
            }
        }
        score
    }

    fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.wanted += other.wanted;
        self.found += other.found;
        self.made_up += other.made_up;
        self.misplaced += other.misplaced;
        self.doubtful += other.doubtful;
    }

    /// Only a context with times may be taken for messages, and the answer says so.
    fn allow_doubt(&mut self, plan: &Plan, salvaged: &Salvaged) {
        let is_doubtful = salvaged
            .documents
            .iter()
            .any(|document| document.is_doubtful);
        if is_doubtful && plan.has_context && plan.is_context_timed {
            self.doubtful = self.made_up + self.misplaced;
            (self.made_up, self.misplaced) = (0, 0);
        }
    }
}

fn show(name: &str, score: &Score) {
    let share = f64::from(score.found) / f64::from(score.wanted.max(1));
    println!(
        "{name:32} {:6} files {:7} wanted, found {share:.4}, {:4} missed, made up {}, misplaced {}, doubtful {}",
        score.files,
        score.wanted,
        score.wanted - score.found,
        score.made_up,
        score.misplaced,
        score.doubtful
    );
}

fn make(seed: u64) -> (&'static str, Plan, Damaged) {
    let most = usize::try_from(setting("SALVAGE_MOST", MOST)).unwrap();
    let Sample {
        kind,
        plan,
        damaged,
    } = sample(seed, most);
    (kind, plan, damaged)
}

fn show_missed(wanted: &[Wanted], found: &[Vec<u8>], text: &[u8]) {
    for wanted in wanted.iter().filter(|wanted| wanted.is_intact) {
        if !found.contains(&wanted.text) {
            let at = text
                .windows(wanted.text.len())
                .position(|window| window == wanted.text);
            let at = at.unwrap_or_default();
            let before = text[at.saturating_sub(200)..at].escape_ascii();
            println!(
                "missed at {at}: {before} >>>{}",
                wanted.text[..80.min(wanted.text.len())].escape_ascii()
            );
        }
    }
}

#[test]
fn every_whole_message_is_found_and_none_is_made_up() {
    let mut scores = BTreeMap::<String, Score>::new();
    let mut all = Score::default();
    let start = setting("SALVAGE_SEED", 0);
    for seed in start..start + setting("SALVAGE_FILES", FILES) {
        let (kind, plan, damaged) = make(seed);
        let text = decoded(&damaged.bytes);
        let salvaged = salvage(&damaged.bytes);
        let found = messages(&text, &salvaged);
        let mut score = Score::of(&damaged.wanted, &found);
        score.allow_doubt(&plan, &salvaged);
        if score.found < score.wanted || score.made_up + score.misplaced > 0 {
            println!(
                "{seed} {kind} {:?} {:?} context {}: {score:?}",
                plan.layout, plan.times, plan.has_context
            );
            if std::env::var_os("SALVAGE_DUMP").is_some() {
                show_missed(&damaged.wanted, &found, &text);
                std::fs::write(format!("/tmp/salvage-{seed}"), &damaged.bytes).unwrap();
                println!("{salvaged:#?}");
            }
        }
        scores.entry(kind.to_owned()).or_default().add(&score);
        scores
            .entry(format!("~ {:?}", plan.layout))
            .or_default()
            .add(&score);
        scores
            .entry(format!("~ times {:?}", plan.times))
            .or_default()
            .add(&score);
        all.add(&score);
    }
    for (name, score) in &scores {
        show(name, score);
    }
    show("all", &all);
    assert_eq!((all.made_up, all.misplaced), (0, 0));
    assert!(u64::from(all.found) * 1000 >= u64::from(all.wanted) * 995);
}

#[test]
fn what_is_nested_between_two_faults_is_no_message() {
    let first = setting("SALVAGE_SEED", 0);
    for seed in first..first + setting("SALVAGE_FILES", FILES) {
        let numbers = &mut Numbers::new(seed ^ 0x0e57);
        let mut plan = Plan::new(numbers);
        plan.layout = *numbers.one_of(&LAYOUTS);
        plan.has_quotes = true;
        let session = plan.session(numbers.below(4) + 1);
        let mut bytes = session.text.clone();
        let message = numbers.one_of(&session.messages).clone();
        for _ in 0..2 {
            let at = message.start + numbers.below(message.len());
            let end = (at + numbers.below(40)).min(message.end);
            bytes[at..end].fill(*numbers.one_of(b"\0\xff"));
        }
        if numbers.one_in(2) {
            bytes.truncate(message.start + numbers.below(message.len()));
        }
        let found = messages(&bytes, &salvage(&bytes));
        let is_known = |text: &Vec<u8>| {
            let mut places = session.messages.iter();
            places.any(|place| session.text[place.clone()] == **text)
        };
        let made_up = found.iter().find(|text| !is_known(text));
        assert_eq!(made_up, None, "{seed} {:?}", plan.layout);
    }
}

/// A session made of what was found.
fn assembled(text: &[u8], document: &Document) -> Vec<u8> {
    let part = |place: &Range<u64>| {
        let place = usize::try_from(place.start).unwrap()..usize::try_from(place.end).unwrap();
        let part = text[place].trim_ascii();
        part.strip_suffix(b",").unwrap_or(part).trim_ascii()
    };
    let regions = document
        .regions
        .iter()
        .map(|region| part(&(region.start..region.end)));
    let messages = regions.collect::<Vec<_>>().join(&b","[..]);
    let messages = [&b"\"messages\": ["[..], &messages, b"]"].concat();
    let head = document.head.iter().map(part);
    let parts = head
        .chain([&*messages])
        .chain(document.tail.iter().map(part));
    let parts = parts.collect::<Vec<_>>().join(&b","[..]);
    [&b"{"[..], &parts, b"}"].concat()
}

/// The keys and values of an object.
fn pairs(object: &[u8]) -> Vec<Vec<u8>> {
    let inside = &object[1..object.len() - 1];
    let mut pairs = Vec::new();
    let mut take = |element: Element| {
        let place = usize::try_from(element.place.start).unwrap()
            ..usize::try_from(element.place.end).unwrap();
        pairs.push(inside[place].trim_ascii().to_vec());
    };
    let mut elements = Elements::new(0);
    elements.feed(inside, &mut take);
    elements.finish(&mut take);
    pairs
}

#[test]
fn what_is_put_together_is_a_session_with_whole_keys_and_values() {
    let (mut wanted, mut kept) = (0, 0);
    for seed in 0..setting("SALVAGE_FILES", FILES) {
        let (kind, plan, damaged) = make(seed);
        let text = decoded(&damaged.bytes);
        let mut found = Vec::new();
        for document in salvage(&damaged.bytes).documents {
            let session = assembled(&text, &document);
            let messages = count(&session).map(|count| count.messages);
            let shown = || format!("{seed} {kind} {document:?} {}", session.escape_ascii());
            assert_eq!(messages, Ok(document.messages()), "{}", shown());
            for pair in pairs(&session) {
                let is_known = damaged.pairs.contains(&pair) || pair.starts_with(b"\"messages\"");
                let is_overwritten = kind == "flip" || kind.contains("hole");
                // Something nested begins as a session does.
                let seems_to_begin =
                    kind.starts_with("no beginning") && trimmed(&text).starts_with(b"{");
                assert!(
                    is_known || is_overwritten || seems_to_begin,
                    "{}: {}",
                    pair.escape_ascii(),
                    shown()
                );
                found.push(pair);
            }
        }
        let has_lines = !matches!(plan.layout, Layout::Compact | Layout::Spaced);
        if has_lines && matches!(kind, "flip" | "nul holes" | "noise holes") {
            wanted += damaged.pairs.len();
            kept += damaged
                .pairs
                .iter()
                .filter(|pair| found.contains(pair))
                .count();
        }
    }
    println!("kept {kept} of {wanted} keys and values around a fault");
    assert!(kept * 100 >= wanted * 95);
}

#[test]
fn a_whole_file_gives_what_the_counter_gives() {
    for seed in (0..300).map(|number| number * KINDS.len() as u64) {
        let (kind, _, whole) = make(seed);
        assert_eq!(kind, "whole");
        let salvaged = salvage(&whole.bytes);
        let counted = count(&whole.bytes).unwrap();
        assert!(salvaged.is_whole, "{seed}: {salvaged:?}");
        assert_eq!(salvaged.messages(), counted.messages, "{seed}");
        let number = salvaged.documents[0].message_count.as_ref().unwrap();
        assert_eq!(number.value, u64::from(counted.messages));
        assert_eq!(Some(number.place.start), counted.message_count);
    }
}

#[test]
fn chunks_make_no_difference() {
    for seed in 0..300 {
        let (kind, _, damaged) = make(seed);
        if damaged.bytes.len() > 200_000 {
            continue;
        }
        let whole = salvage(&damaged.bytes);
        for length in [1, 2, 3, 7, 64, 255, 1000, 4096] {
            let mut salvager = Salvager::default();
            for chunk in damaged.bytes.chunks(length) {
                salvager.feed(chunk);
            }
            assert_eq!(salvager.finish(), whole, "{seed} {kind} {length}");
        }
    }
}
