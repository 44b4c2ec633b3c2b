//! Counts what the proxy of an instance has refused: for each refusal, the configuration
//! of the proxy (`nixos/units/network/proxy.nix`) writes a line to the journal.

use std::io::{BufRead as _, BufReader, Read};
use std::process::Command;
use std::time::Duration;

use crate::ctl::child;

/// How each of these lines begins.
const REFUSED: &[u8] = b"refused instance=";

/// Counts the refusals of this unit since the host was started.
///
/// Each instance by itself, since an agent can make as many as it likes: who fills the
/// journal loses its own number at most. As text, which takes a tenth of the time that
/// JSON takes.
///
/// # Errors
/// When the journal cannot be read within `limit`.
pub fn count(unit: &str, limit: Duration) -> Result<u64, String> {
    let mut command = Command::new("journalctl");
    command.args(["--boot", "--quiet", "--no-pager", "--output=cat"]);
    // Not `--unit`, which also finds what others say of the unit.
    command.arg(format!("_SYSTEMD_UNIT={unit}"));
    child::ask(&mut command, limit, count_in)
}

fn count_in(output: impl Read) -> std::io::Result<u64> {
    let mut count = 0;
    for line in BufReader::new(output).split(b'\n') {
        count += u64::from(line?.starts_with(REFUSED));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_tell_a_refusal_are_counted() {
        let journal = b"refused instance=a domain=x port=443 method=CONNECT because=domain\n\
            refused instance=a domain=\xff port=443 method=CONNECT because=domain\n\
            something else, refused instance=a\n\nrefused\n";
        assert_eq!(count_in(&journal[..]).expect("read"), 2);
    }
}
