//! Turns a file into UTF-8: takes a byte order mark away, and recodes UTF-16 as a stream. Of a
//! compressed file nothing comes out. All offsets of a salvage count bytes of what comes out of here.

/// How a file spells its characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As the application does.
    #[default]
    Utf8,
    /// UTF-8 behind a byte order mark.
    Utf8WithMark,
    /// UTF-16, as some editors save it.
    Utf16 {
        /// Whether the low byte of a unit comes first.
        is_little: bool,
        /// Whether a byte order mark comes first.
        has_mark: bool,
    },
    /// Compressed by gzip: nothing of it is read.
    Gzip,
}

/// How many bytes tell the encoding.
const TELLING: usize = 4;

/// Recodes a file in chunks. The encoding is found out from the first bytes.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    encoding: Option<Encoding>,
    /// The first bytes, while the encoding is not known.
    first: Vec<u8>,
    /// The first byte of a unit whose second one is still to come.
    half: Option<u8>,
    /// The first unit of a pair whose second one is still to come.
    high: Option<u16>,
}

impl Decoder {
    /// What the file's first bytes say.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding.unwrap_or_default()
    }

    /// Takes the file's next bytes, and gives them to `sink` as UTF-8.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut dyn FnMut(&[u8])) {
        if self.encoding.is_some() {
            self.decode(chunk, sink);
            return;
        }
        let missing = TELLING - self.first.len();
        let (first, rest) = chunk.split_at(missing.min(chunk.len()));
        self.first.extend(first);
        if self.first.len() == TELLING {
            self.begin(sink);
            self.decode(rest, sink);
        }
    }

    /// The file is over. Half a unit and half a pair are left out.
    pub fn finish(&mut self, sink: &mut dyn FnMut(&[u8])) {
        if self.encoding.is_none() {
            self.begin(sink);
        }
    }

    fn begin(&mut self, sink: &mut dyn FnMut(&[u8])) {
        let first = std::mem::take(&mut self.first);
        let (encoding, mark) = tell(&first);
        self.encoding = Some(encoding);
        self.decode(&first[mark..], sink);
    }

    fn decode(&mut self, chunk: &[u8], sink: &mut dyn FnMut(&[u8])) {
        match self.encoding() {
            Encoding::Utf8 | Encoding::Utf8WithMark => sink(chunk),
            Encoding::Utf16 { is_little, .. } => self.recode(chunk, is_little, sink),
            Encoding::Gzip => {}
        }
    }

    fn recode(&mut self, chunk: &[u8], is_little: bool, sink: &mut dyn FnMut(&[u8])) {
        let mut recoded = Vec::with_capacity(chunk.len());
        for &byte in chunk {
            let Some(half) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            let unit = [half, byte];
            self.unit(
                if is_little {
                    u16::from_le_bytes(unit)
                } else {
                    u16::from_be_bytes(unit)
                },
                &mut recoded,
            );
        }
        sink(&recoded);
    }

    fn unit(&mut self, unit: u16, recoded: &mut Vec<u8>) {
        if let Some(high) = self.high.take() {
            if let Some(Ok(character)) = char::decode_utf16([high, unit]).next() {
                push(character, recoded);
                return;
            }
            half_a_pair(high, recoded);
        }
        match unit {
            0xd800..0xdc00 => self.high = Some(unit),
            0xdc00..0xe000 => half_a_pair(unit, recoded),
            _ => push(char::from_u32(unit.into()).unwrap_or_default(), recoded),
        }
    }
}

fn push(character: char, recoded: &mut Vec<u8>) {
    recoded.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Half a pair becomes what is no UTF-8, and so what no message may hold.
fn half_a_pair(unit: u16, recoded: &mut Vec<u8>) {
    let [high, low] = unit.to_be_bytes();
    recoded.extend([0xed, 0x80 | high << 2 & 0x3c | low >> 6, 0x80 | low & 0x3f]);
}

/// The encoding, and how long its mark is.
fn tell(first: &[u8]) -> (Encoding, usize) {
    let utf16 = |is_little, has_mark| Encoding::Utf16 {
        is_little,
        has_mark,
    };
    match *first {
        [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8WithMark, 3),
        [0x1f, 0x8b, ..] => (Encoding::Gzip, 2),
        [0xff, 0xfe, ..] => (utf16(true, true), 2),
        [0xfe, 0xff, ..] => (utf16(false, true), 2),
        [a, 0, b, 0] if a > 0 && b > 0 => (utf16(true, false), 0),
        [0, a, 0, b] if a > 0 && b > 0 => (utf16(false, false), 0),
        _ => (Encoding::Utf8, 0),
    }
}
