//! Holds the beginning of a text, and whether it goes on.

use crate::count::Token;

/// The beginning of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The beginning.
    pub text: String,
    /// How many characters that is.
    length: usize,
    /// Whether there is more.
    pub is_cut: bool,
}

impl Head {
    /// At most `most` characters of a string, or of a number or a word as it is spelled.
    pub fn of(token: &Token, most: usize) -> Self {
        let mut head = Self::default();
        head.add(&mut token.characters(), most);
        head.is_cut |= token.is_cut;
        head
    }

    /// Goes on with a line, if that is not empty, up to `most` characters.
    pub fn add_line(&mut self, line: &Self, most: usize) {
        if line.length == 0 {
            return;
        }
        if self.length > 0 {
            self.add(&mut "\n".chars(), most);
        }
        self.add(&mut line.text.chars(), most);
        self.is_cut |= line.is_cut;
    }

    fn add(&mut self, characters: &mut dyn Iterator<Item = char>, most: usize) {
        for character in characters {
            if self.length == most {
                self.is_cut = true;
                return;
            }
            self.text.push(character);
            self.length += 1;
        }
    }
}
