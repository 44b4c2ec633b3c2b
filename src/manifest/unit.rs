//! The names of the units of an instance, as the NixOS module gives them.

use serde::Deserialize;

use crate::manifest::path::InstanceName;

/// What the name of every service ends with.
const SERVICE: &str = ".service";

/// The name of the service of a server (systemd.unit(5)).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct UnitName(String);

impl UnitName {
    /// Takes `text` as the name of a service.
    ///
    /// # Errors
    /// A sentence that names the value and what is allowed.
    pub fn new(text: String) -> Result<Self, String> {
        const LONGEST: usize = 255;
        let is_allowed =
            |letter: char| letter.is_ascii_alphanumeric() || ":-_.\\@".contains(letter);
        let stem = text.strip_suffix(SERVICE).unwrap_or_default();
        let is_name = stem.starts_with(|first: char| first.is_ascii_alphanumeric())
            && stem.chars().all(is_allowed)
            && text.len() <= LONGEST;
        if is_name {
            return Ok(Self(text));
        }
        Err(format!(
            "{text:?} is no name of a service; allowed is a name such as \"opencode-web.service\""
        ))
    }

    /// The service of the server of an instance.
    #[must_use]
    pub fn of_instance(instance: &InstanceName) -> Self {
        Self(format!("opencode-{}{SERVICE}", instance.as_str()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The service that sets up HOME before the server starts.
    #[must_use]
    pub fn setup(&self) -> String {
        self.with_ending("-setup.service")
    }

    /// The socket that clients connect to where the server does not listen on the
    /// host, or starts on demand.
    #[must_use]
    pub fn socket(&self) -> String {
        self.with_ending("-in.socket")
    }

    /// The service of the proxy of an isolated server.
    #[must_use]
    pub fn proxy(&self) -> String {
        self.with_ending("-proxy.service")
    }

    fn with_ending(&self, ending: &str) -> String {
        let stem = self.0.strip_suffix(SERVICE).unwrap_or(&self.0);
        format!("{stem}{ending}")
    }
}

impl TryFrom<String> for UnitName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_named_after_the_instance() {
        let instance = InstanceName::new("web").expect("a name");
        let unit = UnitName::of_instance(&instance);
        assert_eq!(UnitName::new(unit.as_str().to_owned()), Ok(unit.clone()));
        assert_eq!(unit.as_str(), "opencode-web.service");
        assert_eq!(unit.setup(), "opencode-web-setup.service");
        assert_eq!(unit.socket(), "opencode-web-in.socket");
        assert_eq!(unit.proxy(), "opencode-web-proxy.service");
    }
}
