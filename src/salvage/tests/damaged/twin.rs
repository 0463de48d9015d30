//! A slow and obvious twin, for files with lines whose messages all have a time: a message is what
//! stands between a bracket and the next one with the same indentation. It is held against the
//! salvager on files that are damaged in several ways at once.

use session_recovery_count::count;
use session_recovery_damages::{Layout, Numbers, Plan, Times};
use session_recovery_salvage::salvage;

use crate::{messages, setting};

fn find(text: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let found = rest.windows(what.len()).position(|window| window == what);
    found.map(|at| from + at)
}

/// An element, and whether it has the keys of a message.
type Found = (Vec<u8>, bool);

fn twin(text: &[u8], line: &str, width: usize) -> Vec<Found> {
    let indented = |depth: usize| format!("{line}{}", " ".repeat(width * depth));
    let begin = format!("{{{}\"", indented(3));
    let end = format!("{}}}", indented(2));
    let key = |name: &str| format!("{}\"{name}\":", indented(3));
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = find(text, begin.as_bytes(), at) {
        at = start + 1;
        let Some(last) = find(text, end.as_bytes(), start) else {
            break;
        };
        let message = &text[start..last + end.len()];
        let session = [&b"{\"messages\":["[..], message, b"]}"].concat();
        let has = |name| find(message, key(name).as_bytes(), 0).is_some();
        let is_message = has("role") && has("content") && (has("timestamp") || has("_ts"));
        if count(&session).is_ok_and(|count| count.messages == 1) {
            found.push((message.to_vec(), is_message));
        }
    }
    found
}

fn damage(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    if bytes.is_empty() {
        return;
    }
    let at = numbers.below(bytes.len());
    let length = *numbers.one_of(&[1, 10, 512, 4096]);
    let end = (at + numbers.below(length) + 1).min(bytes.len());
    match numbers.below(6) {
        0 => bytes[at] ^= 1 << numbers.below(8),
        1 => bytes[at..end].fill(0),
        2 => bytes[at..end]
            .iter_mut()
            .for_each(|byte| *byte = numbers.next().to_le_bytes()[0]),

        3 => bytes.truncate(bytes.len() - (end - at)),
        4 => drop(bytes.splice(0..(end - at), [])),
        _ => drop(bytes.splice(at..at, [*numbers.one_of(b"\"}[],:\\/\xff")])),
    }
}

#[test]
fn the_twin_finds_no_more_and_no_less() {
    let (mut wanted, mut missed, mut more, mut files) = (0, 0, 0, 0);
    let first = setting("SALVAGE_SEED", 0);
    for seed in first..first + setting("SALVAGE_FILES", 2_000) {
        let numbers = &mut Numbers::new(seed ^ 0x7715);
        let mut plan = Plan::new(numbers);
        plan.times = Times::All;
        plan.is_context_timed = false;
        plan.layout = *numbers.one_of(&[Layout::Indented(2), Layout::Indented(4), Layout::CrLf]);
        let (line, width) = match plan.layout {
            Layout::Indented(width) => ("\n", width),
            _ => ("\r\n", 2),
        };
        let mut bytes = plan.session(1 + numbers.below(12)).text;
        for _ in 0..=numbers.below(4) {
            damage(&mut bytes, numbers);
        }
        let twins = twin(&bytes, line, width);
        let found = messages(&bytes, &salvage(&bytes));
        let known = |message: &[u8]| twins.iter().any(|(twin, _)| twin == message);
        let twins: Vec<_> = twins
            .iter()
            .filter(|(_, is_message)| *is_message)
            .map(|(message, _)| message)
            .collect();
        wanted += twins.len();
        files += 1;
        let lacks: Vec<_> = twins
            .iter()
            .filter(|message| !found.contains(**message))
            .collect();
        let extra: Vec<_> = found.iter().filter(|message| !known(message)).collect();
        missed += lacks.len();
        more += extra.len();
        if lacks.len() + extra.len() > 0 {
            println!(
                "{seed} {:?}: {} missed of {}, {} more",
                plan.layout,
                lacks.len(),
                twins.len(),
                extra.len()
            );
            for text in lacks {
                println!("  missed {}", text[..text.len().min(100)].escape_ascii());
            }
            for text in extra {
                println!("  more {}", text[..text.len().min(100)].escape_ascii());
            }
            if std::env::var_os("SALVAGE_DUMP").is_some() {
                std::fs::write(format!("/tmp/twin-{seed}"), &bytes).unwrap();
                println!("{:?}", salvage(&bytes));
            }
        }
    }
    println!("{files} files, {wanted} wanted, {missed} missed, {more} more");
    assert_eq!(more, 0);
    assert!(missed * 100 <= wanted);
}
