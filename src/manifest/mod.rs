//! What one instance's HOME shall look like: the manifest's fields, and the
//! rules that they follow.

pub mod bounded_read;
pub mod fields;
pub mod load;
pub mod names;
pub mod path;
pub mod rules;
pub mod server;
pub mod strict_json;
pub mod unit;

pub use fields::{HookPolicy, Link, LinkKind, Manifest, OnConflict};
