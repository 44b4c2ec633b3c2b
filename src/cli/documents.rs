//! The texts that the build script makes of [`crate::cli::arguments`].

use crate::cli::arguments::Shell;

/// The manual page, as roff (man(7)).
pub const MAN_PAGE: &str = include_str!(concat!(env!("OUT_DIR"), "/opencode-setup.1"));

/// The completion script for a shell.
#[must_use]
pub fn completions(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!(concat!(env!("OUT_DIR"), "/opencode-setup.bash")),
        Shell::Fish => include_str!(concat!(env!("OUT_DIR"), "/opencode-setup.fish")),
        Shell::Zsh => include_str!(concat!(env!("OUT_DIR"), "/_opencode-setup")),
    }
}
