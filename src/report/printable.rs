//! Makes texts harmless for a terminal: names from the directory may hold anything.

/// A text of several lines, each of them [`printable`].
#[must_use]
pub fn printable_lines(text: &str) -> String {
    lines(text.lines().map(printable))
}

/// A text with everything escaped that a terminal would obey, or that hides or reorders what is
/// around it.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, character| {
        if character.is_control() || is_invisible(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        shown
    })
}

const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// Each text on a line.
pub(super) fn lines(texts: impl Iterator<Item = String>) -> String {
    texts.map(|text| text + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(
            printable("a\u{1b}[31m\n\u{9b}b"),
            "a\\u{1b}[31m\\u{a}\\u{9b}b"
        );
        assert_eq!(
            printable("\u{202e}gpj.\u{200b}\u{feff}"),
            "\\u{202e}gpj.\\u{200b}\\u{feff}"
        );
        assert_eq!(printable("日本 Ä 🙂"), "日本 Ä 🙂");
    }
}
