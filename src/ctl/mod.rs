//! The command line of `opencodectl`, which asks running servers.

pub mod arguments;
pub mod ask;
pub mod documents;
pub mod idle;
pub mod password;
pub mod report;
pub mod run;
pub mod status;
pub mod table;
