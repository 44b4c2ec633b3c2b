//! The state of the instances of a host: `opencodectl status` and `opencodectl
//! metrics`.
//!
//! 1. [`observe`] asks [`super::systemd`] and the journal ([`refusals`]) once for all
//!    instances. For each instance it starts a child, [`probe`], which becomes the user of
//!    the instance, asks the server and looks at HOME ([`tree`]). Every child has a limit
//!    of time ([`super::child`]);
//! 2. [`decide`] makes a [`document::Status`] of what was observed, and is pure;
//! 3. [`table`], [`document`] (as JSON) and [`metrics`] print it; [`mod@write`] writes
//!    metrics to a file.
//!
//! No module here connects to the socket unit of an instance: that would start a server
//! that is asleep, and keep it from stopping.

pub mod decide;
pub mod document;
pub mod metrics;
pub mod observe;
pub mod probe;
pub mod refusals;
pub mod run;
pub mod table;
pub mod tree;
pub mod write;
