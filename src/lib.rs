//! `opencode-setup` makes a state directory ready to be the HOME of an opencode
//! server, and loses nothing that it finds there.
//!
//! The way through the code is the way of a run:
//!
//! 1. [`cli`] and [`target`] say which [`manifest`] is meant;
//! 2. [`home`] opens HOME, [`identity`] becomes its owner;
//! 3. [`mod@observe`] reads what is on the disk ([`entry`], [`source`],
//!    [`record`], and [`obstacle`] where the way is blocked);
//! 4. [`mod@plan`] decides, purely, on a list of [`action`]s;
//! 5. [`act`] carries them out, with [`swap`] for what is in a link's place,
//!    through [`beneath`], the only module that changes anything below HOME;
//! 6. [`converge`] puts these together, with the [`hook`]s around them, into a
//!    [`report`].
//!
//! `check` and `apply --dry-run` are the same without the acting.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod account;
pub mod act;
pub mod action;
pub mod beneath;
pub mod bounded_read;
pub mod cli;
pub mod cli_documents;
pub mod converge;
pub mod entry;
pub mod error;
pub mod fleet;
pub mod home;
pub mod hook;
pub mod identity;
pub mod inspect;
pub mod json;
pub mod manifest;
pub mod manifest_rules;
pub mod names;
pub mod observe;
pub mod obstacle;
pub mod on_conflict;
pub mod output;
pub mod overview;
pub mod paths;
pub mod plan;
pub mod record;
pub mod report;
pub mod run;
pub mod source;
pub mod swap;
pub mod target;
pub mod text;
pub mod unit_command_line;
