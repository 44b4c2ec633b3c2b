//! The state of instances as metrics, in the text format of Prometheus
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>). Names follow
//! <https://prometheus.io/docs/practices/naming/>, and `promtool check metrics`.
//! What is not known has no sample.

use std::fmt::Write as _;

use crate::ctl::status::document::Status;

/// The label that names an instance. It is not `instance`, since Prometheus itself gives
/// every sample a label of that name, which names the host.
const NAME: &str = "name";

/// A metric: its name, its type, what it says, and its samples of one instance.
struct Metric {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    samples: fn(&Status) -> Vec<Sample>,
}

/// Labels beside [`NAME`], and a value.
type Sample = (Vec<(&'static str, String)>, u64);

const GAUGE: &str = "gauge";
const COUNTER: &str = "counter";

const METRICS: [Metric; 18] = [
    Metric {
        name: "opencode_observed",
        kind: GAUGE,
        help: "Whether the instance could be looked at: 0 if its manifest is not valid, or the look took too long.",
        samples: |status| one(Some(status.error.is_none())),
    },
    Metric {
        name: "opencode_instance_info",
        kind: GAUGE,
        help: "1, with the version that the running server tells.",
        samples: |status| {
            let version = status.server_version.as_ref();
            let labelled = version.map(|version| (vec![("version", version.to_string())], 1));
            labelled.into_iter().collect()
        },
    },
    Metric {
        name: "opencode_unit_active",
        kind: GAUGE,
        help: "Whether the unit of the server is active.",
        samples: |status| {
            let unit = status.unit.as_ref();
            one(unit.map(|unit| unit.active.as_str() == "active"))
        },
    },
    Metric {
        name: "opencode_asleep",
        kind: GAUGE,
        help: "Whether the server is down and the next connection starts it.",
        samples: |status| one(status.asleep),
    },
    Metric {
        name: "opencode_setup_failed",
        kind: GAUGE,
        help: "Whether the setup of the state directory has failed.",
        samples: |status| one(status.setup_failed),
    },
    Metric {
        name: "opencode_unit_restarts_total",
        kind: COUNTER,
        help: "How often systemd has restarted the server by itself since somebody last started it.",
        samples: |status| one(status.unit.as_ref().and_then(|unit| unit.restarts)),
    },
    Metric {
        name: "opencode_healthy",
        kind: GAUGE,
        help: "Whether the running server says that it is healthy, and answers for its project.",
        samples: |status| one(status.healthy),
    },
    Metric {
        name: "opencode_configuration_in_effect",
        kind: GAUGE,
        help: "Whether the running server has the configuration that was declared.",
        samples: |status| one(status.configuration.in_effect),
    },
    Metric {
        name: "opencode_configuration_overridden",
        kind: GAUGE,
        help: "Whether the running server has another configuration than was declared.",
        samples: |status| one(status.configuration.in_effect.map(|is| !is)),
    },
    Metric {
        name: "opencode_configuration_differences",
        kind: GAUGE,
        help: "Differences from what was declared; allowed are those that the project may bring.",
        samples: |status| {
            let configuration = status.configuration;
            let sample = |allowed: &str, count| (vec![("allowed", allowed.to_owned())], count);
            match (configuration.differences, configuration.allowed_differences) {
                (Some(all), Some(allowed)) => vec![
                    sample("false", all.saturating_sub(allowed)),
                    sample("true", allowed),
                ],
                _ => Vec::new(),
            }
        },
    },
    Metric {
        name: "opencode_home_drift",
        kind: GAUGE,
        help: "Whether the state directory is not as its manifest says.",
        samples: |status| one(status.configuration.drift),
    },
    Metric {
        name: "opencode_home_warnings",
        kind: GAUGE,
        help: "Warnings of opencode-setup check, such as files that override the configuration.",
        samples: |status| one(status.configuration.home_warnings),
    },
    Metric {
        name: "opencode_sessions",
        kind: GAUGE,
        help: "Sessions of the project, 10000 at most.",
        samples: |status| one(status.sessions.map(|sessions| sessions.total)),
    },
    Metric {
        name: "opencode_sessions_busy",
        kind: GAUGE,
        help: "Sessions in which the server is at work.",
        samples: |status| one(status.sessions.map(|sessions| sessions.busy)),
    },
    Metric {
        name: "opencode_memory_bytes",
        kind: GAUGE,
        help: "Memory of the unit, with caches of files.",
        samples: |status| one(status.memory_bytes),
    },
    Metric {
        name: "opencode_state_bytes",
        kind: GAUGE,
        help: "What the state directory takes on the disk; a lower bound unless opencode_state_complete is 1.",
        samples: |status| one(status.state.map(|state| state.bytes)),
    },
    Metric {
        name: "opencode_state_complete",
        kind: GAUGE,
        help: "Whether all of the state directory was looked at.",
        samples: |status| one(status.state.map(|state| state.complete)),
    },
    Metric {
        name: "opencode_refusals_total",
        kind: COUNTER,
        help: "What the proxy of an isolated instance has refused since the host was started.",
        samples: |status| one(status.refusals),
    },
];

/// The metrics of all instances.
#[must_use]
pub fn render(statuses: &[Status]) -> String {
    let mut text = String::new();
    for metric in METRICS {
        let of_instance = |status| {
            let samples = (metric.samples)(status).into_iter();
            samples.map(move |sample| line(metric.name, status, &sample))
        };
        let lines: Vec<_> = statuses.iter().flat_map(of_instance).collect();
        if lines.is_empty() {
            continue;
        }
        let Metric {
            name, kind, help, ..
        } = metric;
        // Writing to a string does not fail.
        let _ = writeln!(text, "# HELP {name} {help}");
        let _ = writeln!(text, "# TYPE {name} {kind}");
        text.extend(lines);
    }
    text
}

/// One sample without labels beside [`NAME`]; none if there is no value.
fn one(value: Option<impl Into<u64>>) -> Vec<Sample> {
    let value = value.map(|value| (Vec::new(), value.into()));
    value.into_iter().collect()
}

fn line(name: &str, status: &Status, (labels, value): &Sample) -> String {
    let mut all = format!("{NAME}=\"{}\"", escaped(status.instance.as_str()));
    for (label, text) in labels {
        let _ = write!(all, ",{label}=\"{}\"", escaped(text));
    }
    format!("{name}{{{all}}} {value}\n")
}

/// The value of a label, as the format wants it.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctl::status::table::samples::{running, unknown};

    #[test]
    fn each_fact_is_a_sample() {
        let text = render(&[running()]);
        let samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            samples,
            [
                "opencode_observed{name=\"web\"} 1",
                "opencode_instance_info{name=\"web\",version=\"1.18.33\"} 1",
                "opencode_unit_active{name=\"web\"} 1",
                "opencode_asleep{name=\"web\"} 0",
                "opencode_setup_failed{name=\"web\"} 0",
                "opencode_unit_restarts_total{name=\"web\"} 1",
                "opencode_healthy{name=\"web\"} 1",
                "opencode_configuration_in_effect{name=\"web\"} 1",
                "opencode_configuration_overridden{name=\"web\"} 0",
                "opencode_configuration_differences{name=\"web\",allowed=\"false\"} 0",
                "opencode_configuration_differences{name=\"web\",allowed=\"true\"} 0",
                "opencode_home_drift{name=\"web\"} 0",
                "opencode_home_warnings{name=\"web\"} 0",
                "opencode_sessions{name=\"web\"} 7",
                "opencode_sessions_busy{name=\"web\"} 1",
                "opencode_memory_bytes{name=\"web\"} 387973120",
                "opencode_state_bytes{name=\"web\"} 5000",
                "opencode_state_complete{name=\"web\"} 1",
                "opencode_refusals_total{name=\"web\"} 3",
            ]
        );
    }

    /// A metric is told of once, with all its samples behind it.
    #[test]
    fn what_is_not_known_has_no_sample() {
        let text = render(&[running(), unknown()]);
        assert_eq!(text.matches("# TYPE opencode_healthy gauge\n").count(), 1);
        assert!(!text.contains("opencode_healthy{name=\"api\"}"), "{text}");
        let text = render(&[unknown()]);
        assert!(!text.contains("opencode_healthy"), "{text}");
        assert!(render(&[]).is_empty());
    }

    #[test]
    fn a_label_cannot_end_early() {
        let mut status = running();
        status.instance = "a\"b\\c".into();
        assert!(render(&[status]).contains("{name=\"a\\\"b\\\\c\"}"));
    }
}
