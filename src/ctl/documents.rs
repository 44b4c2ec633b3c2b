//! The texts that the build script makes of [`crate::ctl::arguments`].

use crate::cli::arguments::Shell;

/// The manual page, as roff (man(7)).
pub const MAN_PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/opencodectl.1"));

/// The completion script for a shell.
#[must_use]
pub fn completions(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!(concat!(env!("OUT_DIR"), "/opencodectl.bash")),
        Shell::Fish => include_str!(concat!(env!("OUT_DIR"), "/opencodectl.fish")),
        Shell::Zsh => include_str!(concat!(env!("OUT_DIR"), "/_opencodectl")),
    }
}
