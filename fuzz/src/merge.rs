//! What a merge puts in place, against the obvious way to tell: all messages of
//! both files, token by token.

use session_recovery::answer::Action;
use session_recovery::count::count;
use session_recovery::directory::simulated::Simulated;
use session_recovery::recover::{self, Options};
use session_recovery::session::SessionId;

use super::document;

const MERGE: Options = Options {
    dry_run: false,
    discard: false,
    merge: true,
    ignore_guards: false,
    force: false,
};

/// A merge of two documents puts the backup in place with the messages added
/// that only the live file holds, or changes nothing.
///
/// # Panics
///
/// If it does not.
pub fn merge(choices: &[u8]) {
    let (live, backup) = choices.split_at(choices.len() / 3);
    let (live, backup) = (document::written(live), document::written(backup));
    let directory = Simulated::default();
    directory.put("a.json", &*live);
    directory.put("a.json.bak", &*backup);
    directory.shorten(7, 11);
    let before = directory.contents();

    let id = SessionId::new("a").expect("a is an id");
    let outcome = recover::recover(&directory, &id, MERGE).expect("the directory can be listed");

    if outcome.action != Action::Restored {
        assert_eq!(directory.contents(), before, "{outcome:?}");
        return;
    }
    let now = directory.bytes("a.json").expect("there is a live file");
    let [live_messages, backup_messages, messages] = [&live, &backup, &now].map(|file| split(file));
    let live_only = minus(&live_messages, &backup_messages);
    assert_eq!(outcome.merged as usize, live_only.len());
    assert_eq!(messages, [backup_messages, live_only].concat());
    assert!(is_with_insertion(&backup, &now), "{}", now.escape_ascii());
    let kept = outcome.kept.and_then(|kept| directory.bytes(&kept));
    assert_eq!(kept, Some(live));
}

/// Whether `longer` is `text` with something put in at one place.
fn is_with_insertion(text: &[u8], longer: &[u8]) -> bool {
    let same = text
        .iter()
        .zip(longer)
        .take_while(|(one, other)| one == other);
    longer.ends_with(&text[same.count()..])
}

/// The messages of `all` that `others` has not, or not so often: the last ones.
fn minus(all: &[Message], others: &[Message]) -> Vec<Message> {
    let mut left = others.to_vec();
    let is_alone = |message: &&Message| {
        let same = left.iter().position(|other| other == *message);
        same.map(|at| left.swap_remove(at)).is_none()
    };
    all.iter().filter(is_alone).cloned().collect()
}

type Message = Vec<Token>;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A string, in UTF-16.
    Text(Vec<u16>),
    /// A byte of anything else.
    Byte(u8),
}

/// The messages of a readable file.
fn split(file: &[u8]) -> Vec<Message> {
    let Ok(counted) = count(file) else {
        return Vec::new();
    };
    let [start, end] = [counted.elements.start, counted.elements.end]
        .map(|at| usize::try_from(at).expect("the file is in memory"));
    let mut messages = vec![Message::new()];
    let mut depth = 0;
    for token in tokens(&file[start..end]) {
        match token {
            Token::Byte(b'[' | b'{') => depth += 1,
            Token::Byte(b']' | b'}') => depth -= 1,
            Token::Byte(b',') if depth == 0 => {
                messages.push(Message::new());
                continue;
            }
            _ => {}
        }
        messages.last_mut().expect("there is one").push(token);
    }
    messages.retain(|message| !message.is_empty());
    messages
}

fn tokens(json: &[u8]) -> Vec<Token> {
    let mut rest = str::from_utf8(json)
        .expect("a readable file is UTF-8")
        .chars();
    let mut tokens = Vec::new();
    while let Some(character) = rest.next() {
        match character {
            ' ' | '\t' | '\n' | '\r' => {}
            '"' => tokens.push(Token::Text(text(&mut rest))),
            other => tokens.push(Token::Byte(u8::try_from(other).expect("it is ASCII"))),
        }
    }
    tokens
}

/// The rest of a string.
fn text(rest: &mut impl Iterator<Item = char>) -> Vec<u16> {
    let mut units = Vec::new();
    loop {
        match rest.next().expect("a string ends") {
            '"' => return units,
            '\\' => units.push(escape(rest)),
            plain => units.extend_from_slice(plain.encode_utf16(&mut [0; 2])),
        }
    }
}

fn escape(rest: &mut impl Iterator<Item = char>) -> u16 {
    match rest.next().expect("an escape goes on") {
        'u' => {
            let digits: String = rest.take(4).collect();
            u16::from_str_radix(&digits, 16).expect("four digits follow")
        }
        'b' => 8,
        't' => 9,
        'n' => 10,
        'f' => 12,
        'r' => 13,
        other => u16::try_from(u32::from(other)).expect("it is ASCII"),
    }
}
