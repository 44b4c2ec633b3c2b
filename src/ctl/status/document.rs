//! The state of one instance: the document that `opencodectl status --json` prints,
//! and what the table and the metrics are made of.

use serde::Serialize;

use crate::ctl::status::tree::Size;
use crate::report::error::Error;
use crate::report::shown::Shown;
use crate::server::Sessions;

/// The version of the document's shape. It rises when a field changes its
/// meaning or goes; new fields may come without.
pub const STATUS_VERSION: u64 = 1;

/// The state of the unit of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnitStatus {
    /// Its name.
    pub name: Shown,
    /// `ActiveState` of systemd, or `not-found`.
    pub active: Shown,
    /// `SubState` of systemd.
    pub sub: Shown,
    /// How often systemd has restarted it by itself since it was last started.
    pub restarts: Option<u64>,
}

/// The state of the configuration; `None` means not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    /// Whether the server runs with what was declared.
    pub in_effect: Option<bool>,
    /// How many differences there are.
    pub differences: Option<u64>,
    /// Those among them that the manifest lets the project bring.
    pub allowed_differences: Option<u64>,
    /// Whether HOME is not as its manifest says.
    pub drift: Option<bool>,
    /// How many warnings `opencode-setup check` has.
    pub home_warnings: Option<u64>,
}

/// The state of one instance; `None` means not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// [`STATUS_VERSION`].
    pub version: u64,
    /// The instance, or what it was called where it has no manifest.
    pub instance: Shown,
    /// Its unit.
    pub unit: Option<UnitStatus>,
    /// Whether its setup has failed, and no later attempt has succeeded.
    pub setup_failed: Option<bool>,
    /// Whether its server is stopped and the next connection starts it.
    pub asleep: Option<bool>,
    /// Whether its server says that it is healthy, and answers for its project.
    pub healthy: Option<bool>,
    /// The version of its server.
    pub server_version: Option<Shown>,
    /// Its configuration.
    pub configuration: Configuration,
    /// Its sessions.
    pub sessions: Option<Sessions>,
    /// The memory of its unit, in bytes.
    pub memory_bytes: Option<u64>,
    /// The size of its HOME.
    pub state: Option<Size>,
    /// The port that it is reached at.
    pub port: Option<u16>,
    /// Whether it has a network of its own.
    pub isolated: bool,
    /// How many requests its proxy has refused since the host was started.
    pub refusals: Option<u64>,
    /// Whether something is not known since this user may not see it.
    pub restricted: bool,
    /// Why something is not known.
    pub notes: Vec<Shown>,
    /// Why it could not be observed.
    pub error: Option<Error>,
    /// The exit code of a run over this instance alone.
    pub exit_code: u8,
}
