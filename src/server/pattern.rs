//! The wildcard patterns of opencode's rules, and whether two of them overlap.
//!
//! Both major versions read them alike (`Wildcard.match`): `*` stands for any text, `?`
//! for one UTF-16 code unit, and a backslash is a slash. A pattern that ends in a space
//! and `*` also matches without these two: `git push *` matches `git push`.

/// A pattern longer than this, in UTF-16 code units, counts as one that overlaps with
/// every other: the time to decide grows with the product of both lengths.
const LONGEST: usize = 4096;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Unit(u16),
    AnyUnit,
    AnyText,
}

impl Token {
    /// Whether two tokens that each stand for one unit can stand for the same.
    fn meets(self, other: Self) -> bool {
        self == other || self == Self::AnyUnit || other == Self::AnyUnit
    }
}

/// Whether there is a text that both patterns match.
#[must_use]
pub fn overlap(one: &str, other: &str) -> bool {
    let (ones, others) = (alternatives(one), alternatives(other));
    ones.iter()
        .any(|one| others.iter().any(|other| intersect(one, other)))
}

/// Whether `pattern` is known to match all that `other` matches: if it is `*`, or the
/// same.
#[must_use]
pub fn covers(pattern: &str, other: &str) -> bool {
    pattern == "*" || pattern == other
}

/// What `pattern` stands for: itself and, if it ends in a space and `*`, itself without
/// these.
fn alternatives(pattern: &str) -> Vec<Vec<Token>> {
    let whole = tokens(pattern);
    match pattern.strip_suffix(" *") {
        Some(start) => vec![tokens(start), whole],
        None => vec![whole],
    }
}

fn tokens(pattern: &str) -> Vec<Token> {
    let units = pattern.encode_utf16();
    let mut tokens: Vec<_> = units
        .map(|unit| match u8::try_from(unit) {
            Ok(b'*') => Token::AnyText,
            Ok(b'?') => Token::AnyUnit,
            Ok(b'\\') => Token::Unit(u16::from(b'/')),
            _ => Token::Unit(unit),
        })
        .collect();
    tokens.dedup_by(|one, other| *one == Token::AnyText && *other == Token::AnyText);
    tokens
}

/// Whether there is a text that both match. `one` and `other` are taken as automata:
/// there is such a text if the ends of both can be reached at the same time.
fn intersect(one: &[Token], other: &[Token]) -> bool {
    if one.len().max(other.len()) > LONGEST {
        return true;
    }
    // `here[j]`: some text brings one to before `one[i]` and the other to before `other[j]`.
    let mut here = vec![false; other.len() + 1];
    here[0] = true;
    for i in 0..=one.len() {
        let mut next = vec![false; other.len() + 1];
        for j in 0..=other.len() {
            if !here[j] {
                continue;
            }
            match (one.get(i), other.get(j)) {
                (None, None) => return true,
                (Some(Token::AnyText), rest) => {
                    next[j] = true;
                    if rest.is_some() {
                        here[j + 1] = true;
                    }
                }
                (rest, Some(Token::AnyText)) => {
                    here[j + 1] = true;
                    if rest.is_some() {
                        next[j] = true;
                    }
                }
                (Some(one), Some(other)) if one.meets(*other) => next[j + 1] = true,
                _ => {}
            }
        }
        here = next;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_overlap_where_one_text_matches_both() {
        for (one, other) in [
            ("*", "git push *"),
            ("*", ""),
            ("", ""),
            ("npm *", "*--force*"),
            ("npm *", "npm"),
            ("git push *", "git push"),
            ("a*c", "*b*"),
            ("a?c", "abc"),
            ("?", "*"),
            ("a\\b", "a/b"),
            ("*.env", "/x/*"),
            ("a**b", "ab"),
            ("?\u{fe0f}", "*\u{fe0f}"),
        ] {
            assert!(overlap(one, other), "{one:?} {other:?}");
            assert!(overlap(other, one), "{other:?} {one:?}");
        }
        for (one, other) in [
            ("npm *", "git *"),
            ("npm *", "npmx"),
            ("a*", "b*"),
            ("*a", "*b"),
            ("?", ""),
            ("??", "a"),
            ("a", "ab"),
            ("git push *", "git pushx"),
            ("a*b", "a"),
            ("?", "\u{1f44d}"),
        ] {
            assert!(!overlap(one, other), "{one:?} {other:?}");
            assert!(!overlap(other, one), "{other:?} {one:?}");
        }
    }

    /// Takes far less than the time of trying every way, even for many stars.
    #[test]
    fn many_stars_take_no_exponential_time() {
        let one = "a*".repeat(900) + "b";
        let other = "*a".repeat(900) + "c";
        assert!(!overlap(&one, &other));
    }

    /// The definition itself, for short texts over few letters.
    fn matches(pattern: &[Token], text: &[u16]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some(Token::AnyText), None) => matches(&pattern[1..], text),
            (Some(Token::AnyText), Some(_)) => {
                matches(&pattern[1..], text) || matches(pattern, &text[1..])
            }
            (Some(Token::AnyUnit), Some(_)) => matches(&pattern[1..], &text[1..]),
            (Some(Token::Unit(unit)), Some(first)) => {
                unit == first && matches(&pattern[1..], &text[1..])
            }
            _ => false,
        }
    }

    fn is_matched_by(pattern: &str, text: &str) -> bool {
        let text: Vec<u16> = text.encode_utf16().collect();
        let mut alternatives = alternatives(pattern).into_iter();
        alternatives.any(|pattern| matches(&pattern, &text))
    }

    proptest! {
        /// A text that matches both is a proof of an overlap; and where there is
        /// an overlap of such short patterns, there is such a text.
        #[test]
        fn overlap_is_what_the_texts_say(one in "[ab *?]{0,4}", other in "[ab *?]{0,4}") {
            let mut texts = vec![String::new()];
            let mut start = 0;
            for _ in 0..6 {
                let end = texts.len();
                for index in start..end {
                    for letter in ["a", "b", " "] {
                        texts.push(format!("{}{letter}", texts[index]));
                    }
                }
                start = end;
            }
            let found = texts
                .iter()
                .any(|text| is_matched_by(&one, text) && is_matched_by(&other, text));
            prop_assert_eq!(overlap(&one, &other), found);
        }
    }
}
