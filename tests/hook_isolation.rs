//! A hook gets nothing with which it could harm the caller.

mod common;

use std::process::{Command, Stdio};

use common::{World, give_to, is_root, program};
use serde_json::json;

const SOMEBODY: u32 = 65_534;

/// A world whose hook, run as somebody else where root runs it, notes this.
fn world_with_hook(body: &str) -> World {
    let world = World::new();
    let hook = world.script("hook", body);
    world.write_manifest(&json!({ "postInit": hook }));
    world
}

/// A hook leads a session of its own, so it has no controlling terminal into
/// which it could push input (`TIOCSTI`, `ioctl_tty(2)`).
#[test]
fn a_hook_has_a_session_of_its_own_and_no_terminal() {
    // Of `proc_pid_stat(5)`: process, process group, session, terminal.
    let world = world_with_hook(
        "awk '{ print $1, $5, $6, $7 }' /proc/$$/stat > ids; (: < /dev/tty) 2> /dev/null || echo none > tty",
    );
    if !common::is_installed("script", "a_hook_has_a_session_of_its_own_and_no_terminal") {
        return;
    }
    let script = format!(
        "{} apply {}",
        program().get_program().display(),
        world.manifest.display()
    );
    // On a terminal, as an operator runs it.
    let status = Command::new("script")
        .args(["-qec", &script, "/dev/null"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("script runs").success());
    let ids = std::fs::read_to_string(world.at("ids")).expect("the hook ran");
    let ids: Vec<&str> = ids.split_whitespace().collect();
    assert_eq!(ids, [ids[0], ids[0], ids[0], "0"]);
    assert!(world.at("tty").exists(), "the hook has a terminal");
}

/// No descriptor above standard error reaches a hook, whatever the caller left
/// open; and nothing of this program's own.
#[test]
fn a_hook_has_no_descriptor_of_the_callers() {
    let world = world_with_hook("exec ls /proc/self/fd > fds");
    let secret = tempfile::NamedTempFile::new().expect("a file");
    // What a shell has opened by number is not closed on exec.
    let script = format!(
        "exec 7< {0} 9>> {0} 200< /; exec {1} apply {2}",
        secret.path().display(),
        program().get_program().display(),
        world.manifest.display()
    );
    let status = Command::new("bash").args(["-c", &script]).status();
    assert!(status.expect("bash runs").success());
    let open = std::fs::read_to_string(world.at("fds")).expect("the hook ran");
    // The last one is the directory that ls(1) reads.
    let open: Vec<&str> = open.lines().collect();
    assert_eq!(open, ["0", "1", "2", "3"]);
}

/// The caller's descriptors are closed while this process is still the caller: a
/// process of HOME's owner would hand them to that owner.
#[test]
fn descriptors_are_closed_before_privileges_are_dropped() {
    let test = "descriptors_are_closed_before_privileges_are_dropped";
    if !is_root(test) || !common::is_installed("strace", test) {
        return;
    }
    let world = world_with_hook("true");
    give_to(&world.home, SOMEBODY);
    let script = format!(
        "exec 7< /etc/shadow; exec strace -f -o {} {} apply {}",
        world.path("trace").display(),
        program().get_program().display(),
        world.manifest.display()
    );
    let status = Command::new("bash")
        .args(["-c", &script])
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("bash runs").success());
    let trace = std::fs::read_to_string(world.path("trace")).expect("a trace");
    let at = |call: &str| {
        trace
            .find(call)
            .unwrap_or_else(|| panic!("no {call} in {trace}"))
    };
    assert!(at("close(7)") < at("setresuid("));
}

/// A hook cannot read what is typed on the terminal that this program writes to.
#[test]
fn a_hook_cannot_read_from_the_terminal() {
    if !common::is_installed("script", "a_hook_cannot_read_from_the_terminal") {
        return;
    }
    for stream in [1, 2] {
        let body = format!("head -c 1 <&{stream} > /dev/null 2>> errors || touch refused");
        let world = world_with_hook(&body);
        let script = format!(
            "{} apply {}",
            program().get_program().display(),
            world.manifest.display()
        );
        let mut command = assert_cmd::Command::new("script");
        command
            .args(["-qec", &script, "/dev/null"])
            .write_stdin("typed by root\n");
        command
            .timeout(std::time::Duration::from_secs(20))
            .assert()
            .success();
        assert!(world.at("refused").exists(), "stream {stream}");
    }
}

/// What is no program is not given to a shell.
#[test]
fn a_hook_without_an_interpreter_is_not_run() {
    let world = world_with_hook("true");
    std::fs::write(world.path("hook"), "touch ran\n").expect("write");
    let assert = world.apply().code(4);
    let stderr = common::stderr(&assert);
    assert!(stderr.contains("Exec format error"), "{stderr}");
    assert!(!world.at("ran").exists());
}

/// A caller that ignores SIGCHLD would never learn how a hook ends: it is told.
#[test]
fn a_caller_that_ignores_children_is_told() {
    let world = world_with_hook("true");
    let script = format!(
        "trap '' CHLD; exec {} apply {}",
        program().get_program().display(),
        world.manifest.display()
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .output()
        .expect("bash runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("SIGCHLD"), "{stderr}");
}

/// Where privileges were dropped, the environment has nothing of root's session.
/// The rest of it stays, and so does all of it where none were dropped.
#[test]
fn a_hook_has_no_environment_of_roots_session() {
    if !is_root("a_hook_has_no_environment_of_roots_session") {
        return;
    }
    let of_root = [
        "USER",
        "LOGNAME",
        "MAIL",
        "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
        "SSH_AUTH_SOCK",
        "SSH_CLIENT",
        "SUDO_USER",
        "SUDO_COMMAND",
    ];
    for owner in [SOMEBODY, 0] {
        let world = world_with_hook("env > env");
        give_to(&world.home, owner);
        let mut command = program();
        for name in of_root {
            command.env(name, "of-root");
        }
        command
            .env("GIVEN", "as given")
            .arg("apply")
            .arg(&world.manifest);
        assert!(
            command
                .stdout(Stdio::null())
                .status()
                .expect("spawn")
                .success()
        );
        let environment = std::fs::read_to_string(world.at("env")).expect("the hook ran");
        assert!(environment.contains("GIVEN=as given"));
        let is_there = environment.contains("of-root");
        assert_eq!(is_there, owner == 0, "{environment}");
    }
}

/// A hook of root's has no privilege, and no way to get one back.
#[test]
fn a_hook_has_no_privilege_of_roots() {
    if !is_root("a_hook_has_no_privilege_of_roots") {
        return;
    }
    let world = world_with_hook("exec cat /proc/self/status > status");
    give_to(&world.home, SOMEBODY);
    world.apply().success();
    let status = std::fs::read_to_string(world.at("status")).expect("the hook ran");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.expect("it is there")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let id = SOMEBODY.to_string();
    let four = [id.as_str(); 4].join(" ");
    assert_eq!(field("Uid:"), four);
    assert_eq!(field("Gid:"), four);
    assert_eq!(field("Groups:"), "");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
        assert_eq!(field(set), "0000000000000000", "{set}");
    }
    assert_eq!(field("NoNewPrivs:"), "1");
    assert_eq!(field("SigBlk:"), "0000000000000000");
}

/// A hook that runs this program on its own HOME is told at once, and named.
#[test]
fn a_hook_that_calls_apply_on_its_own_home_is_told_at_once() {
    for command in ["apply", "check"] {
        let world = World::new();
        let body = format!(
            "{} {command} --lock-timeout 60 {}",
            program().get_program().display(),
            world.manifest.display()
        );
        let hook = world.script("hook", &body);
        world.write_manifest(&json!({ "preInit": hook }));
        let start = std::time::Instant::now();
        let assert = world.apply().code(4);
        assert!(start.elapsed().as_secs() < 10, "it waited for the lock");
        let stderr = common::stderr(&assert);
        assert!(
            stderr.contains("do not call opencode-setup on a HOME from its own hooks"),
            "{stderr}"
        );
        assert!(stderr.contains("exited with 75"), "{stderr}");
    }
}
