//! Fits texts into columns of a terminal. Titles and texts are somebody's words: wide characters
//! take two columns, combining ones none.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::printable::printable;

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text cut to so many columns, with a sign that it was cut.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let fits = |grapheme: &&str| {
        let fits = width(grapheme) <= left;
        left = if fits { left - width(grapheme) } else { 0 };
        fits
    };
    let start: String = text.graphemes(true).take_while(fits).collect();
    format!("{}…", start.trim_end())
}

/// A text filled up with spaces to so many columns.
pub fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// The lines of a text that has so many columns at most.
pub fn wrapped(text: &str, columns: u16) -> Vec<String> {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(columns)
        .add_row([text]);
    for column in table.column_iter_mut() {
        column.set_padding((0, 0));
    }
    table.trim_fmt().lines().map(str::to_owned).collect()
}

/// Somebody's words on one line: white space is one space, and everything that a terminal would
/// obey is escaped.
pub fn in_one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    printable(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_the_columns_that_it_takes() {
        for (text, columns, shown) in [
            ("Lisbon", 6, "Lisbon"),
            ("Lisbon", 5, "Lisb…"),
            ("a Lisbon", 3, "a…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("日本語", 1, "…"),
            ("🙂🙂🙂", 5, "🙂🙂…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("❤\u{fe0f}❤\u{fe0f}", 3, "❤\u{fe0f}…"),
        ] {
            let cut = cut(text, columns);
            assert_eq!(cut, shown);
            assert!(width(&cut) <= columns, "{cut}");
        }
    }

    #[test]
    fn a_text_is_wrapped_between_words_if_it_can_be() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("日本語日本語", 7), ["日本語", "日本語"]);
        assert_eq!(wrapped("", 7), Vec::<String>::new());
    }

    #[test]
    fn words_are_on_one_line_and_harmless() {
        assert_eq!(
            in_one_line(" a\n\n\tb\u{2028}c\u{1b}[31m\u{202e} "),
            "a b c\\u{1b}[31m\\u{202e}"
        );
    }
}
