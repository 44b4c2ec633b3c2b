//! The commands of `opencodectl`: a module for each, and what they share.

pub mod archive_report;
pub mod arguments;
pub mod ask;
pub mod attach;
pub mod backup;
pub mod child;
pub mod documents;
pub mod idle;
pub mod listener;
pub mod memory;
pub mod password;
pub mod report;
pub mod restore;
pub mod run;
pub mod status;
pub mod stream;
pub mod systemd;
pub mod table;
pub mod units;
pub mod users;
pub mod wake;
