//! `opencode-setup` makes a state directory ready to be the HOME of an opencode
//! server, and loses nothing that it finds there.
//!
//! A run passes through the folders in this order:
//!
//! 1. [`cli`] reads the command line, finds the targets and runs each;
//! 2. [`manifest`] says what a HOME shall look like;
//! 3. [`home`] opens HOME, becomes its owner and reads what is there; only its module
//!    [`home::change`] changes anything in HOME;
//! 4. [`converge`] is one run: [`mod@converge::observe`], [`mod@converge::plan`],
//!    which is pure, [`converge::act`], and the hooks before and after these;
//! 5. [`report`] prints what the run has done.
//!
//! Each of `cli`, `converge`, `home`, `manifest` and `report` imports only those after
//! it.
//!
//! `check` and `apply --dry-run` observe and plan, and do not act.
//!
//! `opencodectl`, the other program, asks running servers whether they run with what was
//! declared: [`ctl`] is its command line, and [`server`] asks and compares. It also
//! writes a HOME to an archive and restores it ([`backup`]). [`backup::extract`] makes a
//! new directory in HOME and only renames what is there.

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
