//! How the instances of a host stand: `opencodectl status` and `opencodectl
//! metrics`.
//!
//! 1. [`observe`] finds out, for all instances at once: [`super::systemd`] by one
//!    `systemctl show`, [`refusals`] by one `journalctl`, and [`probe`], in a child
//!    for each, what only the instance's user may look at: its server and, with
//!    [`tree`], its HOME. Each is a [`super::child`] that is given a time;
//! 2. [`decide`] makes a [`document::Status`] of that, and is pure;
//! 3. [`table`], [`document`] (as JSON) and [`metrics`] print it; [`mod@write`] puts
//!    metrics into a file.
//!
//! Nobody here connects to the socket unit of an instance: it would wake a server
//! that sleeps, and keep one awake.

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
