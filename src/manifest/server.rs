//! The server that runs with a HOME: where it is asked, and by which routes.
//! `opencodectl` uses these fields; `opencode-setup` only checks them.

use std::net::SocketAddr;

use serde::Deserialize;

use crate::manifest::path::AbsolutePath;
use crate::manifest::unit::UnitName;

/// The server of an instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub struct Server {
    /// Which routes it has.
    pub api: Api,
    /// Where it listens.
    pub url: ServerUrl,
    /// Where clients connect to, if that is elsewhere: to a socket that may have to
    /// start the server first.
    #[serde(default)]
    pub client_url: Option<ServerUrl>,
    /// The project that it works in.
    pub directory: AbsolutePath,
    /// A file that holds its password, if it has one. It may exist only while the
    /// unit runs.
    #[serde(default)]
    pub password_file: Option<AbsolutePath>,
    /// A file that always holds the password, for people: whoever can read it may
    /// attach.
    #[serde(default)]
    pub client_password_file: Option<AbsolutePath>,
    /// The program `opencode`, whose terminal client people attach with.
    #[serde(default)]
    pub client: Option<AbsolutePath>,
    /// Whether opencode reads configuration that the project brings.
    #[serde(default = "as_upstream")]
    pub project_config: bool,
    /// The unit that it is the main process of, if a unit runs it.
    #[serde(default)]
    pub unit: Option<UnitName>,
    /// Whether that unit has a network namespace of its own, in which it listens.
    #[serde(default)]
    pub isolated: bool,
}

impl Server {
    /// The file that people read the password from, if there is one.
    #[must_use]
    pub fn password_for_clients(&self) -> Option<&AbsolutePath> {
        self.client_password_file
            .as_ref()
            .or(self.password_file.as_ref())
    }

    /// Where people's clients connect to.
    #[must_use]
    pub fn address_for_clients(&self) -> SocketAddr {
        self.client_url.unwrap_or(self.url).address()
    }
}

/// A major version of opencode, which decides the routes of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub enum Api {
    /// opencode 1
    One,
    /// opencode 2
    Two,
}

impl TryFrom<u64> for Api {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, String> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            other => Err(format!(
                "{other} is no major version of opencode that is known here; allowed are 1 and 2"
            )),
        }
    }
}

/// Where a server listens: an IP address and a port. A host name is refused, since
/// whoever answers for it would be sent the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ServerUrl(SocketAddr);

impl ServerUrl {
    /// Takes `text` as an URL of the shape `http://ADDRESS:PORT`.
    ///
    /// # Errors
    /// A sentence that names the value and what is allowed.
    pub fn new(text: &str) -> Result<Self, String> {
        let authority = text.strip_prefix("http://");
        let authority = authority.map(|rest| rest.strip_suffix('/').unwrap_or(rest));
        match authority.and_then(|authority| authority.parse::<SocketAddr>().ok()) {
            Some(address) if address.port() != 0 && !address.ip().is_unspecified() => {
                Ok(Self(address))
            }
            _ => Err(format!(
                "{text:?} is no address to ask a server at; \
                 allowed is \"http://ADDRESS:PORT\" with an IP address, such as \"http://127.0.0.1:4096\""
            )),
        }
    }

    /// The address and the port.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

impl TryFrom<String> for ServerUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

/// What opencode does by default: it reads the configuration of a project.
fn as_upstream() -> bool {
    true
}
