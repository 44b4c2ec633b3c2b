//! The server that runs with a HOME: where it is asked, and by which routes.
//! `opencode-setup` checks these fields and does nothing with them; `opencodectl`
//! is what asks.

use std::net::SocketAddr;

use serde::Deserialize;

use crate::manifest::path::AbsolutePath;

/// The server of an instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "an object")]
pub struct Server {
    /// Which routes it has.
    pub api: Api,
    /// Where it listens.
    pub url: ServerUrl,
    /// The project that it works in.
    pub directory: AbsolutePath,
    /// A file that holds its password, if it has one.
    #[serde(default)]
    pub password_file: Option<AbsolutePath>,
    /// A file that holds it for the clients of people, whether the server runs or
    /// not: who can read it may attach.
    #[serde(default)]
    pub client_password_file: Option<AbsolutePath>,
    /// The program `opencode`, whose terminal client people attach with.
    #[serde(default)]
    pub client: Option<AbsolutePath>,
    /// Whether opencode reads configuration that the project brings.
    #[serde(default = "as_upstream")]
    pub project_config: bool,
}

impl Server {
    /// The file that people read the password from, if there is one.
    #[must_use]
    pub fn password_for_clients(&self) -> Option<&AbsolutePath> {
        self.client_password_file
            .as_ref()
            .or(self.password_file.as_ref())
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

/// Where a server listens: an address and a port. No names: whom a name leads to
/// is for others to say, and the password would follow.
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

/// As opencode does when nobody says otherwise.
fn as_upstream() -> bool {
    true
}
