//! Who this process acts as: the owner of HOME, and nobody else.

use rustix::fs::Stat;
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use crate::error::Error;

/// Whether this process could act as anybody.
#[must_use]
pub fn is_root() -> bool {
    geteuid().is_root()
}

/// Makes this process act as the owner of the HOME that `home` describes.
///
/// Root gives up everything for good: user, group, supplementary groups, and
/// with them all capabilities (capabilities(7), "Effect of user ID changes"),
/// and no program it starts gets any of it back. The identity comes from the
/// directory alone, since a static binary has no user database to ask.
///
/// These are the system calls for one thread; this program has only one.
///
/// # Errors
/// When this process is neither root nor the owner, when root would act as
/// root in a HOME that others can write to, or when the system refuses.
pub fn become_owner(home: &str, stat: &Stat) -> Result<(), Error> {
    let owner = Uid::from_raw(stat.st_uid);
    let group = Gid::from_raw(stat.st_gid);
    let current = geteuid();
    if !current.is_root() {
        if current == owner {
            return Ok(());
        }
        return Err(Error::failed(format!(
            "{home}: HOME belongs to user {owner} and this process is user {current}; run it as root or as user {owner}"
        )));
    }
    if owner.is_root() {
        if stat.st_mode & 0o022 != 0 {
            return Err(Error::failed(format!(
                "{home}: HOME belongs to root and has mode {:04o}, so that others can write to it; \
                 give it to the instance's user (chown), or close it: chmod go-w",
                stat.st_mode & 0o7777
            )));
        }
        return Ok(());
    }
    if group.is_root() {
        return Err(Error::failed(format!(
            "{home}: HOME belongs to user {owner} and to the group of root, which is no group to act as; \
             give it the group of that user: chgrp"
        )));
    }
    drop_to(owner, group).map_err(|error| {
        Error::failed(format!(
            "{home}: cannot act as its owner, user {owner} and group {group}: {error}; \
             run as full root, or as user {owner}"
        ))
    })
}

fn drop_to(owner: Uid, group: Gid) -> std::io::Result<()> {
    set_thread_groups(&[])?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(owner, owner, owner)?;
    set_no_new_privs(true)?;
    // With unusual securebits the way back would still be open.
    if set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).is_ok() {
        return Err(std::io::Error::other("the privileges could be taken back"));
    }
    Ok(())
}
