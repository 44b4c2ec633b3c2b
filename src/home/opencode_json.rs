//! The dialect in which opencode reads its configuration: JSON (RFC 8259) with
//! comments and trailing commas, and nothing else. Measured with opencode
//! 1.18.33: it refuses no-break spaces, vertical tabs and form feeds between
//! tokens, and raw control characters in strings.

use serde::de::{DeserializeOwned, IgnoredAny};

/// Checks that opencode can read `content` as an object.
///
/// Each byte of a comment or a trailing comma is replaced by a space. The rest is read
/// by `serde_json`, which is strict.
///
/// # Errors
/// What is wrong and where, as a text that follows the name of the file.
pub fn check(content: &[u8]) -> Result<(), String> {
    read::<IgnoredAny>(content).map(|_| ())
}

/// Reads `content`, an object, as opencode does.
///
/// # Errors
/// As [`check`].
pub fn read<T: DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(content).map_err(|error| format!("is not UTF-8: {error}"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let json = without_comments(text.as_bytes())?;
    if json.trim_ascii().is_empty() {
        return Err("is empty, where a JSON object has to be".to_owned());
    }
    let value = serde_json::from_slice(&json).map_err(|error| format!("is not JSON: {error}"))?;
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err("is JSON, but has no object on top".to_owned());
    }
    Ok(value)
}

/// `text` with a space for each byte of a comment, and for each comma that is followed
/// by a closing bracket. Line ends stay, so that errors name the right line.
fn without_comments(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut json = text.to_vec();
    let (mut trailing_comma, mut previous) = (None, b'[');
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let end = match (byte, text.get(at + 1)) {
            (b'"', _) => end_of_string(text, at),
            (b'/', Some(b'/')) => end_of_line_comment(text, at)?,
            (b'/', Some(b'*')) => end_of_block_comment(text, at)?,
            _ => at + 1,
        };
        if byte == b'/' {
            blank(&mut json[at..end]);
        } else if !byte.is_ascii_whitespace() {
            if let (Some(comma), b']' | b'}') = (trailing_comma, byte) {
                blank(&mut json[comma..=comma]);
            }
            // A comma needs a value before it.
            let may_trail = byte == b',' && !b"[{,:".contains(&previous);
            trailing_comma = may_trail.then_some(at);
            previous = byte;
        }
        at = end;
    }
    Ok(json)
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// The index after the string that begins at `start`. A string that does not end is an
/// error of the parser.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// The index of the line end after the comment that begins at `start`.
fn end_of_line_comment(text: &[u8], start: usize) -> Result<usize, String> {
    let ends_line = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let length = text[start..].iter().position(ends_line);
    let end = length.map_or(text.len(), |length| start + length);
    // Parsers disagree about whether a carriage return alone ends a comment.
    if text.get(end) == Some(&b'\r') && text.get(end + 1) != Some(&b'\n') {
        return Err(format!(
            "is not JSON: a carriage return alone ends the comment at byte {start}; end it with a line feed"
        ));
    }
    Ok(end)
}

/// The index after the comment that begins at `start`.
fn end_of_block_comment(text: &[u8], start: usize) -> Result<usize, String> {
    let mut pairs = text[start + 2..].windows(2);
    match pairs.position(|pair| pair == b"*/") {
        Some(length) => Ok(start + 2 + length + 2),
        None => Err(format!(
            "is not JSON: the comment at byte {start} does not end"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    /// Comments and trailing commas are all that is allowed beyond JSON.
    #[test]
    fn the_dialect_is_json_with_comments_and_trailing_commas() {
        for text in [
            "{}",
            "\u{feff} {}",
            "// a\n{ /* b, */ \"a\": [1, 2, ], // c\r\n }",
            "{\"a\": \"// no comment, }\\\"\", /**/ }",
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
        for text in [
            "",
            " \n",
            "// a",
            "[]",
            "null",
            "\"{}\"",
            "{} {}",
            "{,}",
            "[,]",
            "{\"a\": 1,,}",
            "{'a': 1}",
            "{a: 1}",
            "{\"a\": +1}",
            "{\"a\": 01}",
            "{\"a\": .5}",
            "{\"a\": NaN}",
            "{\"a\" 1}",
            "{\u{a0}}",
            "{\u{b}}",
            "{\u{c}}",
            "{\"a\": \"\u{1}\"}",
            "{\"a\": \"\\x41\"}",
            "{} /* a",
            "{} # a",
            "// a\r{}",
            "{} // a\r }",
            "{\"a\": 1 /",
            "{\"a",
        ] {
            assert!(check(text.as_bytes()).is_err(), "{text:?} is accepted");
        }
    }
}
