//! Reads the command line that units use, `apply TARGET`, without clap: building clap's
//! tables of all options takes longer than the rest of a run that has nothing to do.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::arguments::{
    ApplyArguments, Cli, Command, CommonArguments, LOCK_TIMEOUT, MANIFEST_DIRECTORY,
};

/// Reads `arguments`, the program's name included. `None` for any other shape,
/// which is for clap to read.
#[must_use]
pub fn read(arguments: &[OsString]) -> Option<Cli> {
    let [_, command, target] = arguments else {
        return None;
    };
    let is_option = target.as_encoded_bytes().starts_with(b"-");
    if command != "apply" || is_option || target.is_empty() {
        return None;
    }
    Some(Cli {
        command: Command::Apply(ApplyArguments {
            common: CommonArguments {
                targets: vec![target.clone()],
                all: false,
                manifest_dir: PathBuf::from(MANIFEST_DIRECTORY),
                home: None,
                config: None,
                directories: Vec::new(),
                pre_init: None,
                post_init: None,
                on_conflict: None,
                lock_timeout: LOCK_TIMEOUT,
                json: false,
            },
            dry_run: false,
        }),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    /// What is read without clap is what clap would have read, and everything
    /// else is left to clap.
    #[test]
    fn the_shape_that_units_use_is_read_as_clap_reads_it() {
        for command_line in [
            &["opencode-setup", "apply", "/nix/store/abc-manifest.json"][..],
            &["opencode-setup", "apply", "my-project"],
        ] {
            let arguments: Vec<OsString> = command_line.iter().map(OsString::from).collect();
            assert_eq!(read(&arguments), Cli::try_parse_from(command_line).ok());
        }
        for command_line in [
            &["opencode-setup", "apply"][..],
            &["opencode-setup", "apply", "--all"],
            &["opencode-setup", "apply", "a", "b"],
            &["opencode-setup", "check", "a"],
            &["opencode-setup", "apply", ""],
        ] {
            let arguments: Vec<OsString> = command_line.iter().map(OsString::from).collect();
            assert_eq!(read(&arguments), None, "{command_line:?}");
        }
    }
}
