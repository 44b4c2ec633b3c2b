//! `opencodectl listener`: checks that the process that listens is one of a given user.

use nix::unistd::Uid;

use crate::ctl::arguments::server::ListenerArguments;
use crate::ctl::users::user_named;
use crate::report::error::Error;
use crate::server::listener::{Listener, find};

/// Checks that the process that listens at an address of this host is one of the given
/// user.
///
/// # Errors
/// When no process listens there, or one of another user.
pub fn check(arguments: &ListenerArguments) -> Result<(), Error> {
    let ListenerArguments { user, address } = arguments;
    let owner = user_named(user)?;
    let found = find(*address).map_err(|why| Error::failed(format!("{address}: {why}")))?;
    is_of(found, owner).map_err(|why| Error::failed(format!("{address}: {why}")))
}

fn is_of(found: Listener, owner: Uid) -> Result<(), String> {
    match found {
        Listener::OfUser(user) if user == owner => Ok(()),
        Listener::OfUser(user) => Err(format!(
            "a process of user {user} listens there, and the server would be one of user {owner}; \
             clients are not passed on: find it with `ss -ltnp`"
        )),
        Listener::None => {
            Err("the server does not run; see the log of its unit and of its setup".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_the_user_will_do() {
        let [owner, other] = [800, 801].map(Uid::from_raw);
        assert_eq!(is_of(Listener::OfUser(owner), owner), Ok(()));
        for found in [
            Listener::OfUser(other),
            Listener::OfUser(Uid::from_raw(0)),
            Listener::None,
        ] {
            assert!(is_of(found, owner).is_err(), "{found:?}");
        }
    }
}
