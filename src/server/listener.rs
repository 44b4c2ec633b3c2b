//! Which user listens at an address of this host (proc(5), `/proc/net/tcp`).

use std::net::{IpAddr, SocketAddr};

use nix::unistd::Uid;
use procfs::ProcError;
use procfs::net::{TcpNetEntry, TcpState};
use procfs::process::Process;

/// Who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// Nobody.
    None,
    /// A process of this user, or several of the same.
    OfUser(Uid),
}

/// Finds who listens at `address`, in the network namespace of this process.
///
/// # Errors
/// When that cannot be read, or processes of several users listen.
pub fn find(address: SocketAddr) -> Result<Listener, String> {
    // Not `/proc/net`: it is missing where ProcSubset=pid (systemd.exec(5)).
    let this = Process::myself().map_err(|error| error.to_string())?;
    let mut entries = this.tcp().map_err(|error| error.to_string())?;
    match this.tcp6() {
        Ok(more) => entries.extend(more),
        // A host without IPv6 has no such file.
        Err(ProcError::NotFound(_)) => {}
        Err(error) => return Err(error.to_string()),
    }
    owner(&entries, address)
}

fn owner(entries: &[TcpNetEntry], address: SocketAddr) -> Result<Listener, String> {
    let ranked = entries
        .iter()
        .filter(|entry| entry.state == TcpState::Listen)
        .filter_map(|entry| Some((rank(entry.local_address, address)?, entry.uid)));
    let ranked: Vec<(Rank, u32)> = ranked.collect();
    let best = ranked.iter().map(|(rank, _)| *rank).min();
    let mut users: Vec<u32> = ranked
        .into_iter()
        .filter(|(rank, _)| Some(*rank) == best)
        .map(|(_, user)| user)
        .collect();
    users.sort_unstable();
    users.dedup();
    match users[..] {
        [] => Ok(Listener::None),
        [user] => Ok(Listener::OfUser(Uid::from_raw(user))),
        _ => Err("processes of several users listen there".to_owned()),
    }
}

/// The order in which the kernel chooses among several sockets for a connection. The
/// least rank is chosen, so a socket of another user with a higher rank does not matter.
///
/// A socket at the address itself comes before a wildcard. If there is a wildcard of
/// IPv4, one of IPv6 gets no connections by IPv4: they could not exist side by side
/// otherwise (`IPV6_V6ONLY`, ipv6(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Same,
    Any,
    AnyOfV6,
}

/// The rank of a socket that listens at `local` for connections to `address`; `None` if it
/// gets none. A socket of IPv6 may also get connections by IPv4 (ipv6(7)).
fn rank(local: SocketAddr, address: SocketAddr) -> Option<Rank> {
    if local.port() != address.port() {
        return None;
    }
    if local.ip().to_canonical() == address.ip().to_canonical() {
        return Some(Rank::Same);
    }
    match local.ip() {
        IpAddr::V4(ip) => (ip.is_unspecified() && address.is_ipv4()).then_some(Rank::Any),
        IpAddr::V6(ip) => ip.is_unspecified().then_some(Rank::AnyOfV6),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn who_listens_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let here = Listener::OfUser(nix::unistd::geteuid());
        assert_eq!(find(address), Ok(here));
        drop(listener);
        assert_eq!(find(address), Ok(Listener::None));
    }

    #[test]
    fn an_address_is_served_by_itself_and_by_wildcards() {
        for (local, address, expected) in [
            ("127.0.0.1:80", "127.0.0.1:80", Some(Rank::Same)),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80", Some(Rank::Same)),
            ("0.0.0.0:80", "127.0.0.1:80", Some(Rank::Any)),
            ("[::]:80", "127.0.0.1:80", Some(Rank::AnyOfV6)),
            ("[::]:80", "[::1]:80", Some(Rank::AnyOfV6)),
            ("0.0.0.0:80", "[::1]:80", None),
            ("127.0.0.1:81", "127.0.0.1:80", None),
            ("127.0.0.2:80", "127.0.0.1:80", None),
        ] {
            let parse = |text: &str| text.parse().expect("an address");
            assert_eq!(
                rank(parse(local), parse(address)),
                expected,
                "{local} {address}"
            );
        }
    }
}
