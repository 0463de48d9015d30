//! Checks UTF-8 across chunks. A character that a chunk cuts in two waits for its rest.

use super::Defect;

/// The longest UTF-8 sequence.
const LONGEST: usize = 4;

/// Puts together what chunks cut in two.
#[derive(Clone, Debug, Default)]
pub struct Utf8 {
    /// Bytes passed on so far.
    passed: u64,
    /// The begun character at the end of the last chunk.
    begun: [u8; LONGEST],
    begun_len: usize,
}

impl Utf8 {
    /// Hands the bytes of `chunk` to `sink`, in order, with no character cut in two. `sink` is to
    /// check that they are UTF-8.
    pub fn decode(
        &mut self,
        chunk: &[u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), Defect>,
    ) -> Result<(), Defect> {
        let rest = self.complete_begun(chunk, &mut sink)?;
        if self.begun_len > 0 {
            return Ok(());
        }
        let (whole, begun) = rest.split_at(rest.len() - begun_at_end(rest));
        self.begun[..begun.len()].copy_from_slice(begun);
        self.begun_len = begun.len();
        self.pass(whole, &mut sink)
    }

    /// The same, `by` bytes further on in a file.
    pub const fn moved(&self, by: u64) -> Self {
        Self {
            passed: self.passed.wrapping_add(by),
            ..*self
        }
    }

    /// The file ends here: no character may be left begun.
    pub fn finish(&self) -> Result<(), Defect> {
        match self.begun_len {
            0 => Ok(()),
            _ => Err(Defect::NotUtf8(self.passed)),
        }
    }

    /// Completes the begun character from the start of `chunk` and gives what is left of it.
    fn complete_begun<'a>(
        &mut self,
        mut chunk: &'a [u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), Defect>,
    ) -> Result<&'a [u8], Defect> {
        while self.begun_len > 0 {
            let Some((&byte, rest)) = chunk.split_first() else {
                break;
            };
            chunk = rest;
            self.begun[self.begun_len] = byte;
            self.begun_len += 1;
            let begun = self.begun;
            let begun = &begun[..self.begun_len];
            match std::str::from_utf8(begun) {
                Ok(_) => {
                    self.begun_len = 0;
                    self.pass(begun, sink)?;
                }
                Err(error) if error.error_len().is_some() => {
                    return Err(Defect::NotUtf8(self.passed));
                }
                Err(_) => {}
            }
        }
        Ok(chunk)
    }

    fn pass(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), Defect>,
    ) -> Result<(), Defect> {
        self.passed += bytes.len() as u64;
        sink(bytes)
    }
}

/// How many bytes at the end may be the beginning of a character.
#[must_use]
pub fn begun_at_end(bytes: &[u8]) -> usize {
    let is_lead = |length: &usize| {
        let at = bytes.len().checked_sub(*length);
        at.is_some_and(|at| bytes[at] & 0xc0 == 0xc0)
    };
    let length = (1..LONGEST).find(is_lead).unwrap_or_default();
    let end = &bytes[bytes.len() - length..];
    match std::str::from_utf8(end) {
        Err(error) if error.error_len().is_none() => length - error.valid_up_to(),
        _ => 0,
    }
}

/// How long the character is that is there, if it is one.
#[must_use]
pub fn character(bytes: &[u8]) -> Option<usize> {
    (1..=LONGEST.min(bytes.len())).find(|length| std::str::from_utf8(&bytes[..*length]).is_ok())
}
