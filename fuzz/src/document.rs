//! Documents that are sessions or nearly: bytes decide at each turn how a
//! document goes on, so that a fuzzer that changes a byte changes a turn.

/// At most so many changes spoil a document.
const MOST_CHANGES: usize = 2;
/// Around the most digits and the deepest nesting that every Python reads.
const LENGTHS: [usize; 6] = [1, 2, 899, 900, 4299, 4300];
/// Documents grow no longer than by a value more than this.
const LONGEST: usize = 20_000;

const SPACES: [&str; 5] = ["", " ", "\n", "\t\r\n", "  "];
/// Only the first [`MESSAGES`] of them are `messages`.
const KEYS: [&str; 16] = [
    "\"messages\"",
    "\"\\u006dess\\u0061ges\"",
    "\"id\"",
    "\"\"",
    "\"message\"",
    "\"messages\\u0000\"",
    "\"me\u{17f}sages\"",
    "\"\\ud83dmessages\"",
    "\"clear_generation\"",
    "\"context_messages\"",
    "\"pending_attachments\"",
    "\"truncation_watermark\"",
    "\"role\"",
    "\"content\"",
    "\"text\"",
    "\"type\"",
];
const MESSAGES: usize = 2;
const SCALARS: [&str; 16] = [
    "0",
    "null",
    "true",
    "false",
    "NaN",
    "Infinity",
    "-Infinity",
    "-0",
    "-12",
    "1.50",
    "0.0E+1",
    "1e400",
    "7e-1",
    "\"\"",
    "\"a\"",
    "12345678901234567890",
];
const TEXTS: [&str; 16] = [
    "a",
    " ",
    "\\\"",
    "\\\\",
    "\\/",
    "\\b",
    "\\n",
    "\\u00e9",
    "\\uD83D",
    "\\ude00",
    "é",
    "€",
    "😀",
    "\u{7f}",
    "\u{2028}",
    "abcdefghijklmnopqrstuvwxyz0123456789",
];
/// What a change puts into the document.
const SPOILS: [&[u8]; 16] = [
    b"",
    b",",
    b"}",
    b"]",
    b"{",
    b"[",
    b"\"",
    b"\\",
    b"0",
    b":",
    b"\0",
    b"\x80",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\xf0\x9f\x98",
    b"\x0c",
];

/// The document that these choices write.
pub fn written(choices: &[u8]) -> Vec<u8> {
    let mut choices = Choices(choices);
    let changes: Vec<_> = (0..choices.below(MOST_CHANGES + 1))
        .map(|_| Mutation::chosen(&mut choices))
        .collect();
    let mut text = String::new();
    choices.document(&mut text);
    let document = text.into_bytes();
    changes
        .iter()
        .fold(document, |document, change| change.made(&document))
}

/// What is left of the choices; when none are, each is the first.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let byte = self.0.split_off_first();
        byte.copied().unwrap_or_default()
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    fn one_of<T: Copy>(&mut self, several: &[T]) -> T {
        several[self.below(several.len())]
    }

    fn document(&mut self, text: &mut String) {
        self.space(text);
        match self.below(8) {
            0 => self.value(text),
            _ => self.object(text),
        }
        self.space(text);
    }

    fn value(&mut self, text: &mut String) {
        match self.below(8) {
            0..4 => text.push_str(self.one_of(&SCALARS)),
            4 => self.array(text),
            5 => self.object(text),
            6 => self.string(text),
            _ => self.long(text),
        }
    }

    fn array(&mut self, text: &mut String) {
        text.push('[');
        self.list(text, Self::value);
        text.push(']');
    }

    fn object(&mut self, text: &mut String) {
        text.push('{');
        self.list(text, Self::member);
        text.push('}');
    }

    /// Goes on while the choices do.
    fn list(&mut self, text: &mut String, item: fn(&mut Self, &mut String)) {
        self.space(text);
        let mut is_first = true;
        while !self.0.is_empty() && text.len() < LONGEST && self.below(6) > 0 {
            if !is_first {
                text.push(',');
                self.space(text);
            }
            is_first = false;
            item(self, text);
            self.space(text);
        }
    }

    fn member(&mut self, text: &mut String) {
        let key = self.below(KEYS.len());
        text.push_str(KEYS[key]);
        self.space(text);
        text.push(':');
        self.space(text);
        if key < MESSAGES && self.below(4) < 3 {
            self.array(text);
        } else {
            self.value(text);
        }
    }

    fn string(&mut self, text: &mut String) {
        text.push('"');
        for _ in 0..self.below(8) {
            text.push_str(self.one_of(&TEXTS));
        }
        text.push('"');
    }

    /// An integer of many digits, or many brackets, of either kind.
    fn long(&mut self, text: &mut String) {
        let length = self.one_of(&LENGTHS) + self.below(3);
        let (start, inside, end) =
            self.one_of(&[("", "1", ""), ("[", "0", "]"), ("{\"a\":", "[]", "}")]);
        let (around, inside_times) = if start.is_empty() {
            (0, length)
        } else {
            (length.min(902), 1)
        };
        text.push_str(&start.repeat(around));
        text.push_str(&inside.repeat(inside_times));
        text.push_str(&end.repeat(around));
    }

    fn space(&mut self, text: &mut String) {
        text.push_str(self.one_of(&SPACES));
    }
}

/// Some bytes of the document give way to others.
struct Mutation {
    at: usize,
    removed: usize,
    put: &'static [u8],
}

impl Mutation {
    fn chosen(choices: &mut Choices) -> Self {
        Self {
            at: choices.below(256) << 8 | choices.below(256),
            removed: choices.below(4),
            put: choices.one_of(&SPOILS),
        }
    }

    /// A change that removes three bytes removes all that follows: it tears the
    /// document.
    fn made(&self, document: &[u8]) -> Vec<u8> {
        let (before, rest) = document.split_at(self.at % (document.len() + 1));
        let removed = if self.removed == 3 {
            rest.len()
        } else {
            self.removed.min(rest.len())
        };
        [before, self.put, &rest[removed..]].concat()
    }
}
