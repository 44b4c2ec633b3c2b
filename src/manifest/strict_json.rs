//! Reads the JSON documents of this program, and names the field that is wrong.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads `content` as JSON (RFC 8259).
///
/// # Errors
/// A sentence that names the field, what it holds and what is allowed, to be
/// put after the name of the file.
pub fn read<T: DeserializeOwned>(content: &[u8]) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_slice(content);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        match error.classify() {
            Category::Data if path == "." => error.to_string(),
            Category::Data => format!("field `{path}`: {error}"),
            _ => not_json(&error),
        }
    })?;
    deserializer.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> String {
    format!("is not JSON: {error}")
}
