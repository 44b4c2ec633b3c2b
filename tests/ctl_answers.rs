//! `opencodectl` and servers that are none, or mean harm.

mod common;

use std::ffi::OsStr;
use std::io::Write as _;
use std::net::{Ipv6Addr, SocketAddrV6, TcpListener};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use assert_cmd::assert::Assert;
use common::fake::{Fake, agent, answer, as_declared, send, world};
use common::{World, ctl, stderr, stdout};
use rustix::net::{AddressFamily, SocketType, bind, listen, socket, sockopt};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

fn wait(world: &World, seconds: &str) -> Assert {
    let arguments = ["wait", "--timeout", seconds].map(OsStr::new);
    ctl(arguments.into_iter().chain([world.manifest.as_os_str()]))
}

fn verify(world: &World, option: &str) -> Assert {
    ctl([
        "verify".as_ref(),
        option.as_ref(),
        world.manifest.as_os_str(),
    ])
}

/// Asserts that nothing of this could have changed a terminal.
fn assert_printable(assert: &Assert) {
    let text = stdout(assert) + &stderr(assert);
    let hidden = |letter: char| letter.is_control() && letter != '\n';
    assert!(!text.contains(hidden), "{text:?}");
}

/// A server as declared is waited for, through its first errors.
#[test]
fn a_server_is_waited_for() {
    let world = world();
    let start = Instant::now();
    let fake = Fake::start(move |head, stream| {
        if start.elapsed() < Duration::from_secs(1) {
            return send(stream, "500 Internal Server Error", "{}");
        }
        as_declared(head, stream)
    });
    fake.describe(&world, &json!({}));
    let assert = wait(&world, "20").success();
    assert!(stdout(&assert).contains("my-project: ready, as declared"));
    verify(&world, "--json").success();
    let asked = fake.heads().join("");
    assert!(asked.contains("GET /agent?directory=%2F"), "{asked}");
    assert!(!asked.contains("uthorization"), "{asked}");
}

/// Requests that a server takes and never answers are given up, and tried again.
#[test]
fn an_answer_that_never_comes_is_not_waited_for() {
    let world = world();
    let fake = Fake::start(|_, stream| {
        std::thread::sleep(Duration::from_mins(1));
        stream.flush()
    });
    fake.describe(&world, &json!({}));
    let start = Instant::now();
    let assert = wait(&world, "3").code(1);
    assert!(start.elapsed() < Duration::from_secs(6));
    assert!(stderr(&assert).contains("no answer within 3 s"));
    assert!(fake.heads().len() > 1, "it was not tried again");
}

/// Bodies and headers without an end, slow or fast, are cut off.
#[test]
fn an_endless_answer_is_cut_off() {
    for (is_slow, head) in [
        (false, "HTTP/1.1 200 OK\r\n\r\n\""),
        (true, "HTTP/1.1 200 OK\r\n\r\n\""),
        (
            false,
            "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n\"",
        ),
        (false, "HTTP/1.1 200 OK\r\nX: "),
        (true, "HTTP/1.1 200 OK\r\nX: "),
    ] {
        let world = world();
        let fake = Fake::start(move |asked, stream| {
            if asked.contains("/global/health") {
                return send(stream, "200 OK", "{}");
            }
            stream.write_all(head.as_bytes())?;
            let piece = if is_slow {
                vec![b'a']
            } else {
                vec![b'a'; 1 << 16]
            };
            loop {
                stream.write_all(&piece)?;
                stream.flush()?;
                if is_slow {
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        });
        fake.describe(&world, &json!({}));
        let start = Instant::now();
        let assert = wait(&world, "2").code(1);
        assert!(start.elapsed() < Duration::from_secs(10), "{head}");
        assert_printable(&assert);
    }
}

/// No redirect is followed, with or without the password.
#[test]
fn a_redirect_is_not_followed() {
    let world = world();
    let other = Fake::start(as_declared);
    let port = other.port;
    let fake = Fake::start(move |_, stream| {
        write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/global/health\r\nContent-Length: 0\r\n\r\n"
        )
    });
    fake.describe(&world, &json!({}));
    let assert = wait(&world, "20").code(1);
    assert!(stderr(&assert).contains("redirect"));
    assert_eq!(other.heads(), [] as [String; 0]);
}

/// What is no answer of opencode is an error at once, not one to try again.
#[test]
fn an_answer_of_another_kind_is_an_error() {
    for (status, body, says) in [
        ("200 OK", "<html>", "not JSON"),
        ("200 OK", "[[[[", "not JSON"),
        ("200 OK", "[]", "shape"),
        ("401 Unauthorized", "", "password"),
        ("404 Not Found", "", "404"),
    ] {
        let world = world();
        let fake = Fake::start(move |asked, stream| {
            if asked.contains("/global/health") && !status.starts_with("401") {
                return send(stream, "200 OK", "{}");
            }
            send(stream, status, body)
        });
        fake.describe(&world, &json!({}));
        let start = Instant::now();
        let assert = wait(&world, "60").code(1);
        assert!(start.elapsed() < Duration::from_secs(20), "{body}");
        assert!(stderr(&assert).contains(says), "{says}");
    }
}

/// Whatever a server puts into keys, agents and rules, nothing but text is
/// printed; and of values, nothing at all.
#[test]
fn what_a_server_says_is_escaped_and_values_are_kept_secret() {
    let evil = "x\u{1b}[2J\n<3>forged\u{202e}";
    let world = world();
    let fake = Fake::start(move |head, stream| {
        let config = json!({
            "model": "sk-secret", "mcp": { evil: { "type": "sk-secret" } }, "permission": { "bash": "deny" },
        });
        let agents = json!([
            agent("build", &[("bash", "*", "deny")]),
            agent(evil, &[("bash", "*", "deny"), ("*", evil, "allow")]),
        ]);
        answer(head, stream, &config, &agents)
    });
    fake.describe(&world, &json!({}));
    for option in ["--timeout=10", "--json"] {
        let assert = verify(&world, option).code(3);
        assert_printable(&assert);
        let text = stdout(&assert) + &stderr(&assert);
        assert!(text.contains("model") && text.contains("permission.bash"));
        assert!(!text.contains("sk-secret") && !text.contains('\u{202e}'));
    }
}

/// Ten thousand differences do not fill the journal of the unit.
#[test]
fn not_all_of_too_many_differences_are_told_as_lines() {
    let world = world();
    let mut config = json!({ "model": "x/y", "permission": { "bash": "deny" } });
    for number in 0..10_000 {
        config[format!("key-{number}")] = json!("value");
    }
    let agents = json!([agent(
        "build",
        &[("*", "*", "allow"), ("bash", "*", "deny")]
    )]);
    let fake = Fake::start(move |head, stream| answer(head, stream, &config, &agents));
    fake.describe(&world, &json!({}));
    let assert = wait(&world, "20").code(3);
    let lines = stderr(&assert);
    assert!(
        lines.lines().count() < 110,
        "{} lines",
        lines.lines().count()
    );
    assert!(lines.contains("9901 more differences"), "{lines}");
    let report: Value = serde_json::from_str(&stdout(&verify(&world, "--json"))).expect("JSON");
    assert_eq!(report["differences"].as_array().map(Vec::len), Some(10_001));
}

/// What a file of the project brings is accepted by `wait` where the manifest
/// says so, and what no such file brings is not.
#[test]
fn only_what_the_project_brings_is_accepted() {
    let world = world();
    let fake = Fake::start(|head, stream| {
        let config = json!({ "model": "c/d", "permission": { "bash": "allow" } });
        answer(
            head,
            stream,
            &config,
            &json!([agent("build", &[("bash", "*", "allow")])]),
        )
    });
    fake.describe(&world, &json!({ "projectConfig": true }));
    let assert = wait(&world, "20").code(3);
    assert!(stderr(&assert).contains("none of the known files brings it"));
    let project = world.path("project/opencode.json");
    let config =
        r#"{ "model": "c/d", /* as the server has it */ "permission": { "bash": "allow" } }"#;
    std::fs::write(&project, config).expect("write");
    let assert = wait(&world, "20").success();
    for part in ["permission.bash", "model", "project/opencode.json"] {
        assert!(stderr(&assert).contains(part), "{part}");
    }
    verify(&world, "--json").code(3);
    fake.describe(&world, &json!({ "projectConfig": false }));
    wait(&world, "20").code(3);
}

/// With 2 an empty list is asked for again, and agents and rules are compared.
#[test]
fn the_routes_of_2_are_asked_until_they_are_filled() {
    let world = world();
    let asked = Mutex::new(0);
    let fake = Fake::start(move |head, stream| {
        if head.contains(" /api/health ") {
            return send(stream, "200 OK", "{}");
        }
        if !head.contains(" /api/agent?location%5Bdirectory%5D=%2F") {
            return send(stream, "404 Not Found", "");
        }
        let mut asked = asked.lock().expect("no test has panicked");
        *asked += 1;
        let rule = json!({ "action": "shell", "resource": "*", "effect": "deny" });
        let agents = if *asked < 3 {
            json!([])
        } else {
            json!([{ "id": "build", "permissions": [rule] }])
        };
        send(stream, "200 OK", &json!({ "data": agents }).to_string())
    });
    fake.describe(&world, &json!({ "api": 2 }));
    let assert = wait(&world, "20").success();
    assert!(stdout(&assert).contains("its rules and agents are as declared"));
    let config = json!({ "permission": { "edit": "ask" }, "agent": { "gone": { "prompt": "x" } } });
    std::fs::write(&world.source, config.to_string()).expect("write");
    let assert = wait(&world, "20").code(3);
    for key in ["permission.edit", "agent.gone"] {
        assert!(stderr(&assert).contains(key), "{key}");
    }
}

/// The password is what the file holds without its line end, and it is sent to
/// nobody but a process of HOME's owner; root reads it before it becomes that.
#[test]
fn the_password_goes_to_a_process_of_the_owner_only() {
    const OWNER: u32 = 65534;
    if !common::is_root("whose process gets the password") {
        return;
    }
    let world = world();
    let password = world.path("password");
    std::fs::write(&password, "pass word\n").expect("write");
    std::fs::set_permissions(
        &password,
        std::os::unix::fs::PermissionsExt::from_mode(0o400),
    )
    .expect("chmod");
    common::give_to(&world.home, OWNER);
    // A server of root's, where HOME is somebody else's.
    let fake = Fake::start(as_declared);
    fake.describe(&world, &json!({ "passwordFile": password }));
    let assert = wait(&world, "20").code(1);
    assert!(stderr(&assert).contains("a process of user 0 listens there"));
    assert_eq!(fake.heads(), [] as [String; 0], "something was sent");
    // A socket belongs to whom the thread that makes it acts as for file systems.
    let listener = std::thread::spawn(|| {
        nix::unistd::setfsuid(nix::unistd::Uid::from_raw(OWNER));
        TcpListener::bind("127.0.0.1:0").expect("a free port")
    });
    let fake = Fake::with(listener.join().expect("no panic"), as_declared);
    fake.describe(&world, &json!({ "passwordFile": password }));
    wait(&world, "20").success();
    let basic = "uthorization: Basic b3BlbmNvZGU6cGFzcyB3b3Jk\r\n";
    let heads = fake.heads();
    assert!(heads.iter().all(|head| head.contains(basic)), "{heads:?}");
    // Root reads no file that somebody else has named.
    let manifest = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    std::fs::set_permissions(&world.manifest, manifest).expect("chmod");
    let assert = wait(&world, "20").code(1);
    assert!(stderr(&assert).contains("root reads no file for others"));
}

/// Somebody who listens beside the server, at the wildcard of IPv6 alone, gets
/// nothing that is sent to it, and does not make it doubtful.
#[test]
fn who_listens_beside_the_server_is_no_obstacle() {
    if !common::is_root("who may listen beside a server") {
        return;
    }
    let world = world();
    let fake = Fake::start(as_declared);
    fake.describe(&world, &json!({}));
    let port = fake.port;
    let beside = std::thread::spawn(move || {
        nix::unistd::setfsuid(nix::unistd::Uid::from_raw(65534));
        let socket = socket(AddressFamily::INET6, SocketType::STREAM, None)?;
        sockopt::set_ipv6_v6only(&socket, true)?;
        bind(
            &socket,
            &SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, port, 0, 0),
        )?;
        listen(&socket, 1)?;
        rustix::io::Result::Ok(socket)
    });
    let _beside = beside.join().expect("no panic").expect("a socket");
    wait(&world, "20").success();
    assert!(!fake.heads().is_empty(), "nothing was asked");
}

/// With the process of the server, `wait` ends as soon as that has, whoever
/// answers in its place; until then it waits for a port that somebody else has.
#[test]
fn the_end_of_the_server_is_the_end_of_waiting() {
    let world = world();
    let fake = Fake::start(as_declared);
    fake.describe(&world, &json!({}));
    let wait_for = |process: &str| {
        let arguments = ["wait", "--timeout=60", "--process", process].map(OsStr::new);
        ctl(arguments.into_iter().chain([world.manifest.as_os_str()]))
    };
    wait_for(&std::process::id().to_string()).success();
    let started = Instant::now();
    let mut child = std::process::Command::new("true").spawn().expect("start");
    let ended = child.id().to_string();
    child.wait().expect("an end");
    let assert = wait_for(&ended).code(1);
    assert!(
        stderr(&assert).contains(&format!("the server, process {ended}, has ended")),
        "{}",
        stderr(&assert)
    );
    assert!(started.elapsed() < Duration::from_secs(20));
    wait_for("0").code(2);
    if !common::is_root("waiting for a port that somebody else has") {
        return;
    }
    common::give_to(&world.home, 65534);
    let heads = fake.heads().len();
    let mut child = std::process::Command::new("sleep")
        .arg("2")
        .spawn()
        .expect("start");
    let id = child.id().to_string();
    let reaper = std::thread::spawn(move || child.wait());
    let assert = wait_for(&id).code(1);
    reaper.join().expect("no panic").expect("an end");
    let said = stderr(&assert);
    for part in ["has ended", "a process of user 0 listens there"] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(fake.heads().len(), heads, "something was sent");
}

/// `verify --all` prints a row for each server, and the worst code counts.
#[test]
fn all_servers_are_told_in_one_table() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let manifests = directory.path().to_str().expect("UTF-8");
    let good = Fake::start(as_declared);
    let lifted = Fake::start(|head, stream| {
        let config = json!({ "model": "a/b" });
        answer(
            head,
            stream,
            &config,
            &json!([agent("build", &[("*", "*", "allow")])]),
        )
    });
    let port = TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr());
    let gone = Fake::gone(port.expect("an address").port());
    let worlds = [world(), world(), world()];
    for ((world, fake), name) in worlds
        .iter()
        .zip([&good, &lifted, &gone])
        .zip(["a", "bb", "c"])
    {
        fake.describe(world, &json!({}));
        let text = std::fs::read_to_string(&world.manifest).expect("read");
        let text = text.replace("my-project\"", &format!("{name}\""));
        std::fs::write(directory.path().join(format!("{name}.json")), text).expect("write");
    }
    let all = ["verify", "--all", "--manifest-dir", manifests];
    let assert = ctl(all).code(1);
    let table = stdout(&assert);
    let rows: Vec<_> = table.lines().collect();
    for (row, parts) in rows.iter().zip([
        "INSTANCE  STATUS      DIFFERENCES  URL",
        "a         in effect   0            http://127.0.0.1:",
        "bb        overridden  1            http://127.0.0.1:",
        "c         down        0            http://127.0.0.1:",
    ]) {
        assert!(row.starts_with(parts), "{table}");
    }
    assert!(stderr(&assert).contains("bb: permission.bash"));
    let assert = ctl(all.into_iter().chain(["--json"])).code(1);
    let statuses: Vec<Value> = stdout(&assert)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a report")["status"].clone())
        .collect();
    assert_eq!(statuses, ["in-effect", "overridden", "down"]);
}

/// Root asks as the owner of HOME, whose other processes can stop the one that asks.
/// It is given up, and the next server is asked.
#[test]
fn a_process_that_was_stopped_keeps_nobody_waiting() {
    let world = world();
    world.apply().success();
    let fake = Fake::start(|_, stream| {
        std::thread::sleep(Duration::from_mins(1));
        stream.flush()
    });
    fake.describe(&world, &json!({}));
    let other = world.path("other.json");
    std::fs::write(&other, "{}").expect("write");
    let mut verify = Command::new(env!("CARGO_BIN_EXE_opencodectl"))
        .args(["verify", "--timeout", "1", "--json"])
        .args([&world.manifest, &other])
        .stdout(Stdio::piped())
        .spawn()
        .expect("opencodectl starts");
    let id = verify.id();
    let children = format!("/proc/{id}/task/{id}/children");
    while fake.heads().is_empty() {
        assert!(verify.try_wait().expect("wait").is_none(), "too early");
        std::thread::sleep(Duration::from_millis(20));
    }
    let child = std::fs::read_to_string(children).expect("read");
    let child = child.trim().parse().ok().and_then(Pid::from_raw);
    kill_process(child.expect("one child"), Signal::STOP).expect("stopped");
    let start = Instant::now();
    while verify.try_wait().expect("wait").is_none() {
        if start.elapsed() > Duration::from_secs(30) {
            let _ = kill_process(child.expect("one child"), Signal::KILL);
            panic!("opencodectl waits for a process that was stopped");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let output = verify.wait_with_output().expect("it has ended");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let reports: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a report"))
        .collect();
    let message = reports[0]["error"]["message"].as_str().expect("an error");
    assert!(message.contains("has not ended within"), "{message}");
    assert_eq!(reports[1]["exitCode"], 6);
}

/// A manifest without a server names the field, and a server that is nowhere to
/// be found is waited for, then told.
#[test]
fn what_cannot_be_asked_is_an_error() {
    let world = world();
    let assert = wait(&world, "1").code(6);
    assert!(stderr(&assert).contains("field `server`"));
    let nobody = json!({ "api": 1, "url": "http://127.0.0.1:1", "directory": "/" });
    world.write_manifest(&json!({ "server": nobody }));
    let assert = wait(&world, "1").code(1);
    assert!(stderr(&assert).starts_with("opencodectl: my-project: http://127.0.0.1:1: no process"));
    let assert = verify(&world, "--timeout=9").code(1);
    assert!(stdout(&assert).contains("down"));
    ctl(["verify"]).code(2);
    ctl(["wait", "a", "b"]).code(2);
}

/// A time that no clock can tell is refused, and a year is not.
#[test]
fn a_time_beyond_all_clocks_is_refused() {
    let world = world();
    let manifests = world.path("manifests");
    std::fs::create_dir(&manifests).expect("a directory");
    let manifest = manifests.to_str().expect("UTF-8");
    for (command, more) in [
        ("wait", &["--timeout", "18446744073709551615", "a"][..]),
        ("verify", &["--timeout", "18446744073709551615", "a"]),
        ("status", &["--timeout", "18446744073709551615"]),
        ("metrics", &["--timeout", "18446744073709551615"]),
        ("probe", &["--timeout", "18446744073709551615", "a"]),
        (
            "idle",
            &["--user=root", "--idle-time=18446744073709551615", "a"],
        ),
    ] {
        let directory = ["--manifest-dir", manifest];
        let assert = ctl([&[command], &directory[..], more].concat()).code(2);
        assert!(stderr(&assert).contains("18446744073709551615"));
    }
    let arguments = [
        "status",
        "--timeout",
        "31536000",
        "--manifest-dir",
        manifest,
    ];
    ctl(arguments).success();
}

/// Help, completions and the manual page know the commands and the options.
#[test]
fn opencodectl_explains_itself() {
    for arguments in [&["--help"][..], &["wait", "--help"], &["verify", "--help"]] {
        assert!(stdout(&ctl(arguments).success()).contains("3   the server does not run with"));
    }
    for shell in ["bash", "fish", "zsh"] {
        let script = stdout(&ctl(["completions", shell]).success());
        for word in ["verify", "status", "metrics", "manifest-dir"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    for (command, part) in [
        ("status", "0   done, whatever the state"),
        ("metrics", "Exit codes are those of `status`"),
    ] {
        assert!(stdout(&ctl([command, "--help"]).success()).contains(part));
    }
    let page = stdout(&ctl(["man"]).success());
    for word in [
        ".TH opencodectl",
        "WAIT",
        "VERIFY",
        "STATUS",
        "METRICS",
        "Exit codes",
    ] {
        assert!(page.contains(word), "the manual page does not say {word}");
    }
    assert!(
        !page.contains("PROBE"),
        "it tells of what nobody is to start"
    );
    assert!(stdout(&ctl(["--version"]).success()).starts_with("opencodectl "));
}
