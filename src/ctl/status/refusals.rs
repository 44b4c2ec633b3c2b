//! Counts what the proxies of instances have refused: for each refusal, the configuration
//! of the proxy (`nixos/units/network/proxy.nix`) writes a line to the journal.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::ctl::child;

/// How each of these lines begins.
const REFUSED: &str = "refused instance=";

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "_SYSTEMD_UNIT")]
    unit: String,
    /// An array of numbers where it is not UTF-8.
    #[serde(rename = "MESSAGE")]
    message: Value,
}

/// Counts the refusals of each of these units since the host was started, with one call
/// of journalctl(1).
///
/// # Errors
/// When the journal cannot be read.
pub fn count(units: &[String], limit: Duration) -> Result<BTreeMap<String, u64>, String> {
    let mut counts: BTreeMap<_, _> = units.iter().map(|unit| (unit.clone(), 0)).collect();
    if units.is_empty() {
        return Ok(counts);
    }
    let mut command = Command::new("journalctl");
    command.args([
        "--boot",
        "--quiet",
        "--no-pager",
        "--output=json",
        "--output-fields=_SYSTEMD_UNIT,MESSAGE",
    ]);
    command.args(units.iter().map(|unit| format!("--unit={unit}")));
    child::ask(&mut command, limit, move |output| {
        count_in(output, &mut counts)?;
        Ok(counts)
    })
}

fn count_in(output: impl Read, counts: &mut BTreeMap<String, u64>) -> std::io::Result<()> {
    for line in BufReader::new(output).lines() {
        let Ok(entry) = serde_json::from_str::<Entry>(&line?) else {
            continue;
        };
        let message = entry.message.as_str().unwrap_or_default();
        if let Some(count) = counts.get_mut(&entry.unit)
            && message.starts_with(REFUSED)
        {
            *count += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_the_unit_that_has_told_them() {
        let journal = concat!(
            r#"{"_SYSTEMD_UNIT":"a.service","MESSAGE":"refused instance=a domain=x port=443 method=CONNECT because=domain"}"#,
            "\n",
            r#"{"_SYSTEMD_UNIT":"a.service","MESSAGE":"refused instance=a domain=y port=443 method=CONNECT because=domain"}"#,
            "\n",
            r#"{"_SYSTEMD_UNIT":"a.service","MESSAGE":"something else"}"#,
            "\n",
            r#"{"_SYSTEMD_UNIT":"c.service","MESSAGE":"refused instance=a"}"#,
            "\n",
            r#"{"_SYSTEMD_UNIT":"b.service","MESSAGE":[1,2]}"#,
            "\nnot JSON\n",
        );
        let mut counts: BTreeMap<_, _> = ["a", "b"].map(|one| (format!("{one}.service"), 0)).into();
        count_in(journal.as_bytes(), &mut counts).expect("read");
        let counts: Vec<_> = counts.into_iter().collect();
        assert_eq!(
            counts,
            [("a.service".to_owned(), 2), ("b.service".to_owned(), 0)]
        );
    }
}
