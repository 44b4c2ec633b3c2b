//! The user that this process acts as: always the owner of HOME.

use nix::sys::prctl::set_no_new_privs;
use nix::sys::stat::FileStat;
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};

use crate::report::error::Error;

/// Makes this process, which acts as `current`, act as the owner of the HOME that
/// `stat` describes.
///
/// Root drops its privileges for good: user, group, supplementary groups, and
/// with them all capabilities (capabilities(7), "Effect of user ID changes"),
/// and no program it starts gets any of them back. The identity comes from the
/// directory alone, since a static binary has no user database to ask.
///
/// Returns whether privileges were dropped.
///
/// # Errors
/// When this process is neither root nor the owner, when root would act as
/// root in a HOME that others can write to, or when the system refuses.
pub fn become_owner(home: &str, stat: &FileStat, current: Uid) -> Result<bool, Error> {
    let owner = Uid::from_raw(stat.st_uid);
    let group = Gid::from_raw(stat.st_gid);
    if !current.is_root() {
        if current == owner {
            return Ok(false);
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
        return Ok(false);
    }
    if group.as_raw() == 0 {
        return Err(Error::failed(format!(
            "{home}: HOME belongs to user {owner} and to the group of root, which is no group to act as; \
             give it the group of that user: chgrp"
        )));
    }
    drop_to(owner, group).map_err(|why| {
        Error::failed(format!(
            "{home}: cannot act as its owner, user {owner} and group {group}: {why}; \
             run as full root, or as user {owner}"
        ))
    })?;
    Ok(true)
}

fn drop_to(owner: Uid, group: Gid) -> Result<(), String> {
    setgroups(&[])
        .and_then(|()| setresgid(group, group, group))
        .and_then(|()| setresuid(owner, owner, owner))
        .and_then(|()| set_no_new_privs())
        .map_err(|errno| errno.desc().to_owned())?;
    // With unusual securebits the way back would still be open.
    let root = Uid::from_raw(0);
    if setresuid(root, root, root).is_ok() {
        return Err("the privileges could be taken back".to_owned());
    }
    Ok(())
}
