//! What a merge puts in place, against the obvious way to tell: all messages of
//! both files, token by token.

use session_recovery::answer::Action;
use session_recovery::count::{Elements, count};
use session_recovery::recover::{self, Options};
use session_recovery::session::SessionId;
use session_recovery_testing::InMemoryDirectory;

use super::document;

const MERGE: Options = Options {
    merge: true,
    ..Options::NONE
};

/// A merge of two documents puts the backup in place with the messages added
/// that only the live file holds, or changes nothing.
///
/// # Panics
///
/// If it does not.
pub fn merge(choices: &[u8]) {
    let (live, backup) = choices.split_at(choices.len() / 3);
    let [live, backup] = [live, backup].map(|choices| as_merged(&document::written(choices)));
    let directory = InMemoryDirectory::default();
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
    let backup = if live_only.is_empty() {
        backup
    } else {
        numbered(backup, messages.len())
    };
    assert_eq!(messages, [backup_messages, live_only].concat());
    assert!(is_with_insertion(&backup, &now), "{}", now.escape_ascii());
    let kept = outcome.kept.and_then(|kept| directory.bytes(&kept));
    assert_eq!(kept, Some(live));
}

/// A document with other keys in place of those that mean nothing to a merge.
fn as_merged(document: &[u8]) -> Vec<u8> {
    let keys = [
        ("\"text\"", "\"timestamp\""),
        ("\"type\"", "\"_ts\""),
        ("\"pending_attachments\"", "\"attachments\""),
        ("\"message\"", "\"message_count\""),
    ];
    let Ok(text) = str::from_utf8(document) else {
        return document.to_vec();
    };
    let text = keys.iter().fold(text.to_owned(), |text, (key, other)| {
        text.replace(key, other)
    });
    text.into_bytes()
}

/// A file that says how many messages it holds, if it does so in a plain integer.
fn numbered(file: Vec<u8>, number: usize) -> Vec<u8> {
    let place = count(&file).ok().and_then(|count| count.message_count);
    let Some(place) = place.and_then(|place| usize::try_from(place).ok()) else {
        return file;
    };
    let (before, rest) = file.split_at(place);
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_plain = (1..24).contains(&digits) && b",} \t\r\n".contains(&rest[digits]);
    if is_plain {
        [before, number.to_string().as_bytes(), &rest[digits..]].concat()
    } else {
        file
    }
}

/// Whether `longer` is `text` with something put in at one place.
fn is_with_insertion(text: &[u8], longer: &[u8]) -> bool {
    let same = text
        .iter()
        .zip(longer)
        .take_while(|(one, other)| one == other);
    longer.ends_with(&text[same.count()..])
}

/// The messages of `all` that `others` lacks: of the same ones with a time or an id one,
/// of other ones the last.
fn minus(all: &[Message], others: &[Message]) -> Vec<Message> {
    let [mut alone, mut left] = [once(all), once(others)];
    alone.sort_by_key(Message::order);
    left.sort_by_key(Message::order);
    for is_same in [PartialEq::eq, Message::is_like] {
        alone.retain(|message| {
            let same = left.iter().position(|other| is_same(message, other));
            same.map(|at| left.remove(at)).is_none()
        });
    }
    let of =
        |messages: &[Message], message| messages.iter().filter(|other| *other == message).count();
    let mut missing = Vec::new();
    for (at, message) in all.iter().enumerate() {
        let is_due = message.is_timed() || of(&all[at + 1..], message) < of(&alone, message);
        if is_due && let Some(place) = alone.iter().position(|other| other == message) {
            missing.push(alone.remove(place));
        }
    }
    missing
}

/// Those with a time or an id once.
fn once(messages: &[Message]) -> Vec<Message> {
    messages.iter().fold(Vec::new(), |mut all, message| {
        if !(message.is_timed() && all.contains(message)) {
            all.push(message.clone());
        }
        all
    })
}

/// A message, and its digest: that decides which of two finds its counterpart first.
#[derive(Clone, Debug, Default, PartialEq)]
struct Message {
    tokens: Vec<Token>,
    digest: u128,
}

type Member = (Vec<u16>, Vec<Token>);

impl Message {
    /// The members of an object.
    fn members(&self) -> Vec<Member> {
        let [Token::Byte(b'{'), tokens @ .., Token::Byte(b'}')] = &self.tokens[..] else {
            return Vec::new();
        };
        let members = parts(tokens).into_iter();
        let members = members.filter_map(|member| match &member[..] {
            [Token::Text(key), Token::Byte(b':'), value @ ..] => {
                Some((key.clone(), value.to_vec()))
            }
            _ => None,
        });
        members.collect()
    }

    fn value(&self, key: &str) -> Option<Vec<Token>> {
        let key: Vec<_> = key.encode_utf16().collect();
        let members = self.members().into_iter();
        let mut values = members.filter(|(found, _)| *found == key);
        values.next().map(|(_, value)| value)
    }

    /// The `timestamp` in seconds, if it is a number written as one.
    fn time(&self) -> Option<f64> {
        let spelled = spelled(&self.value("timestamp")?)?;
        let whole = spelled.trim_start_matches('-').split('.').next()?;
        let is_plain = spelled
            .bytes()
            .all(|byte| matches!(byte, b'-' | b'.' | b'0'..=b'9'));
        let is_short = spelled.len() < 24 && whole.len() <= 12;
        (is_plain && is_short).then(|| spelled.parse().ok())?
    }

    fn order(&self) -> (Option<i64>, u128) {
        #[allow(clippy::cast_possible_truncation, reason = "it is rounded")]
        let microseconds = self.time().map(|time| (time * 1e6).round() as i64);
        (microseconds, self.digest)
    }

    /// Whether the same one again is no other message.
    fn is_timed(&self) -> bool {
        ["timestamp", "_ts", "id"].into_iter().any(|key| {
            let values: Vec<_> = self.values_of(key);
            values.iter().any(|value| match &value[..] {
                [Token::Text(text)] => !text.is_empty(),
                value => spelled(value).is_some_and(|number| {
                    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
                    let is_number =
                        number.starts_with(|first: char| first == '-' || first.is_ascii_digit());
                    let mut digits = mantissa.chars().take(24);
                    is_number && digits.any(|digit| ('1'..='9').contains(&digit))
                }),
            })
        })
    }

    fn values_of(&self, key: &str) -> Vec<Vec<Token>> {
        let key: Vec<_> = key.encode_utf16().collect();
        let members = self.members().into_iter();
        members
            .filter(|(found, _)| *found == key)
            .map(|(_, value)| value)
            .collect()
    }

    /// What is not added later: `None` where only the whole message counts.
    fn core(&self) -> Option<Vec<Member>> {
        const LATER: [&str; 3] = ["_ts", "_media_snapshots", "attachments"];
        let mut members = self.members();
        members.sort_by(|one, other| one.0.cmp(&other.0));
        let has_twice = members.windows(2).any(|pair| pair[0].0 == pair[1].0);
        if has_twice || members.len() > 32 {
            return None;
        }
        self.value("role")?;
        self.value("content")?;
        let is_key = |key: &[u16], name: &str| key.iter().copied().eq(name.encode_utf16());
        let has_time = self.time().is_some();
        members.retain(|(key, _)| {
            let is_time = has_time && is_key(key, "timestamp");
            !is_time && !LATER.iter().any(|name| is_key(key, name))
        });
        Some(members)
    }

    /// Whether it is the same as another one except for what is added later.
    fn is_like(&self, other: &Self) -> bool {
        let (Some(core), Some(others)) = (self.core(), other.core()) else {
            return self == other;
        };
        let is_close = match (self.time(), other.time()) {
            (Some(one), Some(other)) => (one - other).abs() <= 1.0,
            _ => true,
        };
        let is_same = |key: &str| match (self.value(key), other.value(key)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let mut later = ["_ts", "_media_snapshots", "attachments"].into_iter();
        core == others && is_close && later.all(is_same)
    }
}

/// What is no string, as it is written.
fn spelled(value: &[Token]) -> Option<String> {
    let bytes = value.iter().map(|token| match token {
        Token::Byte(byte) => Some(char::from(*byte)),
        Token::Text(_) => None,
    });
    bytes.collect()
}

/// What is between the commas that are in no brackets.
fn parts(tokens: &[Token]) -> Vec<Vec<Token>> {
    let mut parts = vec![Vec::new()];
    let mut depth = 0;
    for token in tokens {
        match token {
            Token::Byte(b'[' | b'{') => depth += 1,
            Token::Byte(b']' | b'}') => depth -= 1,
            Token::Byte(b',') if depth == 0 => {
                parts.push(Vec::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("there is one").push(token.clone());
    }
    parts.retain(|part| !part.is_empty());
    parts
}

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
    let json = &file[start..end];
    let mut digests = Vec::new();
    let mut elements = Elements::new(0);
    let take =
        &mut |element: session_recovery::count::Element| digests.push(element.identity.exact);
    elements.feed(json, take);
    elements.finish(take);
    let messages = parts(&tokens(json));
    assert_eq!(messages.len(), digests.len());
    let messages = messages.into_iter().zip(digests);
    messages
        .map(|(tokens, digest)| Message { tokens, digest })
        .collect()
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
