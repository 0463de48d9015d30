//! Passes on the bytes that are UTF-8, and only those: a character that a
//! piece cuts in two waits for its rest.

use super::Defect;

/// The longest UTF-8 sequence.
const LONGEST: usize = 4;

/// A UTF-8 check across pieces.
#[derive(Debug, Default)]
pub struct Utf8 {
    /// Bytes passed on so far.
    passed: u64,
    /// The begun character at the end of the last piece.
    begun: [u8; LONGEST],
    begun_len: usize,
}

impl Utf8 {
    /// Hands the valid bytes of `piece` to `sink`, in order.
    pub fn decode(
        &mut self,
        piece: &[u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), Defect>,
    ) -> Result<(), Defect> {
        let rest = self.complete_begun(piece, &mut sink)?;
        if self.begun_len > 0 {
            return Ok(());
        }
        let (valid, end) = match std::str::from_utf8(rest) {
            Ok(_) => (rest, &[][..]),
            Err(error) => {
                let (valid, end) = rest.split_at(error.valid_up_to());
                if error.error_len().is_some() {
                    sink(valid)?;
                    return Err(Defect::NotUtf8(self.passed + valid.len() as u64));
                }
                (valid, end)
            }
        };
        self.begun[..end.len()].copy_from_slice(end);
        self.begun_len = end.len();
        self.pass(valid, &mut sink)
    }

    /// The file ends here: no character may be left begun.
    pub fn finish(&self) -> Result<(), Defect> {
        match self.begun_len {
            0 => Ok(()),
            _ => Err(Defect::NotUtf8(self.passed)),
        }
    }

    /// Completes the begun character from the start of `piece` and gives what
    /// is left of it.
    fn complete_begun<'a>(
        &mut self,
        mut piece: &'a [u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), Defect>,
    ) -> Result<&'a [u8], Defect> {
        while self.begun_len > 0 {
            let Some((&byte, rest)) = piece.split_first() else {
                break;
            };
            piece = rest;
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
        Ok(piece)
    }

    fn pass(
        &mut self,
        valid: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), Defect>,
    ) -> Result<(), Defect> {
        self.passed += valid.len() as u64;
        sink(valid)
    }
}
