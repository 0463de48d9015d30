//! Passes over a comment, which editors leave in a file and JSON does not allow.

/// How far a comment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comment {
    Slash,
    Line,
    Block { is_ending: bool },
}

/// What comes after a byte.
pub enum Next {
    More(Comment),
    /// It ended with the byte.
    Ended,
    /// It was none, before the byte.
    NoComment,
}

impl Comment {
    pub const fn next(self, byte: u8) -> Next {
        match (self, byte) {
            (Self::Slash, b'/') => Next::More(Self::Line),
            (Self::Slash, b'*') => Next::More(Self::Block { is_ending: false }),
            (Self::Slash, _) => Next::NoComment,
            (Self::Line, b'\n' | b'\r') | (Self::Block { is_ending: true }, b'/') => Next::Ended,
            (Self::Line, _) => Next::More(Self::Line),
            (Self::Block { .. }, _) => Next::More(Self::Block {
                is_ending: byte == b'*',
            }),
        }
    }
}
