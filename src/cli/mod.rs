//! The command line: its arguments, the targets they name, and how each is run.

pub mod arguments;
pub mod caller;
pub mod documents;
pub mod run;
pub mod several;
pub mod shortcut;
pub mod target;
pub mod usage;
