//! What a run prints, and how: errors, changes, text, JSON, tables.

pub mod change;
pub mod document;
pub mod error;
pub mod log;
pub mod output;
pub mod shown;
pub mod table;
