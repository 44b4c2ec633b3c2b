//! Users by their names.

use nix::unistd::Uid;

use crate::report::error::Error;
use crate::report::shown::Shown;

/// The file that has every user that a NixOS configuration declares (passwd(5)). It is read
/// here, since getpwnam(3) would load libraries into a static program.
const USERS: &str = "/etc/passwd";

/// The number of a user.
///
/// # Errors
/// When there is no such user.
pub fn user_named(name: &str) -> Result<Uid, Error> {
    let failed = |why: String| Error::failed(why);
    let users = fs_err::read_to_string(USERS).map_err(|error| failed(error.to_string()))?;
    user_in(&users, name).ok_or_else(|| {
        failed(format!(
            "{USERS}: has no user {:?}; name the one that the server runs as",
            Shown::new(name).as_str()
        ))
    })
}

fn user_in(users: &str, name: &str) -> Option<Uid> {
    let mut lines = users.lines().map(|line| line.split(':'));
    let mut fields =
        lines.find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    fields.nth(1)?.parse().ok().map(Uid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users =
            "root:x:0:0::/root:/bin/sh\nopencode-web:x:801:802::/:/no\nopencode:x:803:803::/:/no\n";
        assert_eq!(user_in(users, "opencode"), Some(Uid::from_raw(803)));
        assert_eq!(user_in(users, "root"), Some(Uid::from_raw(0)));
        assert_eq!(user_in(users, "open"), None);
    }
}
