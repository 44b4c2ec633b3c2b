//! Text that is safe to print.

use std::ffi::OsStr;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

/// One line of text that can be printed to a terminal, a journal or a table.
///
/// Only this type is printed for people, and each way to make one escapes. So no file
/// name, link target, record or manifest can forge a line, send an escape sequence, or
/// reverse the direction of text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Shown(String);

impl Shown {
    /// Escapes `text`. Escaping twice changes nothing.
    pub fn new(text: impl AsRef<OsStr>) -> Self {
        let mut line = String::new();
        for chunk in text.as_ref().as_encoded_bytes().utf8_chunks() {
            for character in chunk.valid().chars() {
                if is_printable(character) {
                    line.push(character);
                } else {
                    line.extend(character.escape_default());
                }
            }
            for byte in chunk.invalid() {
                let _ = write!(line, "\\x{byte:02x}");
            }
        }
        Self(line)
    }

    /// The line as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Whether a character shows as itself and moves nothing else on the line: no
/// control character, no line separator, no bidirectional control, nothing of
/// zero width (Unicode's `Default_Ignorable_Code_Point`, without the variation
/// selectors that emoji need).
fn is_printable(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    /// What could forge or hide text is escaped; ordinary text stays as it is.
    #[test]
    fn only_what_could_forge_a_line_is_escaped() {
        for (text, shown) in [
            ("a b \"ü\" 漢 👍\u{fe0f}", "a b \"ü\" 漢 👍\u{fe0f}"),
            ("a\n<3>b\u{1b}[31m", "a\\n<3>b\\u{1b}[31m"),
            (
                "a\u{202e}b\u{200d}c\u{2028}",
                "a\\u{202e}b\\u{200d}c\\u{2028}",
            ),
        ] {
            assert_eq!(Shown::new(text).as_str(), shown);
            assert_eq!(Shown::new(shown).as_str(), shown);
        }
        let bytes = OsStr::from_bytes(b"a\xff\x1b");
        assert_eq!(Shown::new(bytes).as_str(), "a\\xff\\u{1b}");
    }
}
