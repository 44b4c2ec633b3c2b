//! `opencode-setup` makes a state directory ready to be the HOME of an opencode
//! server, and loses nothing that it finds there.
//!
//! The way of a run leads through the folders:
//!
//! 1. [`cli`] says which targets are meant, and runs each;
//! 2. [`manifest`] is what a HOME shall look like;
//! 3. [`home`] opens HOME and becomes its owner, reads it place by place, and has
//!    the only module that changes anything there, [`home::change`];
//! 4. [`converge`] is one run: [`mod@converge::observe`], [`mod@converge::plan`],
//!    which is pure, [`converge::act`], and the hooks around that;
//! 5. [`report`] is what the run prints.
//!
//! Imports run one way: `cli`, `converge`, `home`, `manifest`, `report`.
//!
//! `check` and `apply --dry-run` are the same without the acting.
//!
//! `opencodectl`, the other program, asks running servers whether they run with
//! what was declared: [`ctl`] is its command line, over [`server`]. It also takes a
//! HOME into an archive and back, over [`backup`], whose [`backup::extract`] makes a
//! new directory in HOME and changes nothing else there but names.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod backup;
pub mod cli;
pub mod converge;
pub mod ctl;
pub mod home;
pub mod manifest;
pub mod report;
pub mod server;
