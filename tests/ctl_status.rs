//! `opencodectl status` and `opencodectl metrics`, with a `systemctl` and a
//! `journalctl` that say what a test wants. `vm-tests/status` has the real ones.

mod common;

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::assert::{Assert, OutputAssertExt as _};
use common::fake::{Fake, agent, answer, as_declared, send, world};
use common::{World, copy_program, give_to, is_installed, is_root, stderr, stdout};
use serde_json::{Value, json};

/// Somebody who is neither root nor anybody else on this machine.
const SOMEBODY: u32 = 64_123;

/// What every version of `systemctl show` says of a unit that runs.
const RUNNING: &str = "LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=4242\nNRestarts=1\nMemoryCurrent=387973120";
const DEAD: &str = "LoadState=loaded\nActiveState=inactive\nSubState=dead\nMainPID=0\nNRestarts=0\nMemoryCurrent=[not set]";

/// A host with instances, whose systemd says what it is told.
struct Host {
    world: World,
    manifests: PathBuf,
    units: String,
}

impl Host {
    fn new() -> Self {
        let world = world();
        let manifests = world.path("manifests");
        for folder in [&manifests, &world.path("bin")] {
            std::fs::create_dir(folder).expect("a directory");
        }
        world.script("bin/journalctl", "exit 0");
        Self {
            world,
            manifests,
            units: String::new(),
        }
    }

    /// An instance with a server at this port.
    fn instance(&self, name: &str, port: u16, changes: &Value) {
        let mut server = json!({
            "api": 1,
            "url": format!("http://127.0.0.1:{port}"),
            "directory": self.world.path("project"),
            "unit": format!("opencode-{name}.service"),
        });
        for (field, value) in changes.as_object().expect("an object") {
            server[field] = value.clone();
        }
        self.world
            .write_manifest(&json!({ "instance": name, "server": server }));
        let manifest = self.manifests.join(format!("{name}.json"));
        std::fs::copy(&self.world.manifest, manifest).expect("copy");
    }

    /// A unit, and what `systemctl show` says of it.
    fn unit(&mut self, name: &str, properties: &str) {
        write!(self.units, "Id={name}\n{properties}\n\n").expect("written");
        let shown = self.world.path("units");
        std::fs::write(&shown, &self.units).expect("write");
        let script = format!("test \"$1\" = show && cat {}", shown.display());
        self.world.script("bin/systemctl", &script);
    }

    /// Makes HOME as the manifests want it.
    fn set_up(&self, name: &str) {
        let manifest = self.manifests.join(format!("{name}.json"));
        common::run(["apply".as_ref(), manifest.as_os_str()]).success();
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Assert {
        let path = std::env::var("PATH").expect("a PATH");
        let mut command = Command::new(program);
        command.env_remove("JOURNAL_STREAM").env_remove("NO_COLOR");
        command.env(
            "PATH",
            format!("{}:{path}", self.world.path("bin").display()),
        );
        command
            .args(arguments)
            .arg("--manifest-dir")
            .arg(&self.manifests);
        let assert = command.assert();
        print!("{}", stdout(&assert));
        eprint!("{}", stderr(&assert));
        assert
    }

    fn ctl(&self, arguments: &[&str]) -> Assert {
        self.run(Path::new(env!("CARGO_BIN_EXE_opencodectl")), arguments)
    }

    /// The document of the only instance.
    fn document(&self) -> Value {
        let assert = self.ctl(&["status", "--json"]).success();
        serde_json::from_str(&stdout(&assert)).expect("one document")
    }
}

/// The cells of each row below the header.
fn rows(assert: &Assert) -> Vec<Vec<String>> {
    let text = stdout(assert);
    let rows = text.lines().skip(1).map(|line| {
        let cells = line.split("  ").map(str::trim);
        let cells = cells.filter(|cell| !cell.is_empty());
        cells.map(str::to_owned).collect()
    });
    rows.collect()
}

/// A host with one server that runs as declared.
fn healthy() -> (Host, Fake) {
    let mut host = Host::new();
    let fake = Fake::start(as_declared);
    host.instance("web", fake.port, &json!({}));
    host.unit("opencode-web.service", RUNNING);
    host.set_up("web");
    (host, fake)
}

/// The table, the document and the metrics tell the same.
#[test]
fn a_server_that_runs_is_told_of() {
    let (host, fake) = healthy();
    let assert = host.ctl(&["status"]).success();
    let row = &rows(&assert)[0];
    let port = fake.port.to_string();
    assert_eq!(
        row[..7],
        [
            "web",
            "active/running",
            "1.18.33",
            "yes",
            "in effect",
            "1/3",
            "370.0M"
        ]
    );
    assert_eq!(row[8..], [port.as_str(), "-"]);
    assert!(stderr(&assert).is_empty());

    let document = host.document();
    assert_eq!(document["unit"]["active"], "active");
    assert_eq!(document["sessions"], json!({ "busy": 1, "total": 3 }));
    assert_eq!(document["memoryBytes"], 387_973_120);
    assert_eq!(document["state"]["complete"], true);
    assert_eq!(document["refusals"], Value::Null);

    let metrics = stdout(&host.ctl(&["metrics"]).success());
    for sample in [
        "opencode_instance_info{name=\"web\",version=\"1.18.33\"} 1",
        "opencode_healthy{name=\"web\"} 1",
        "opencode_configuration_in_effect{name=\"web\"} 1",
        "opencode_home_drift{name=\"web\"} 0",
        "opencode_sessions_busy{name=\"web\"} 1",
        "opencode_unit_restarts_total{name=\"web\"} 1",
    ] {
        assert!(metrics.lines().any(|line| line == sample), "{sample}");
    }
}

/// What `promtool` has to say of the metrics of several instances: nothing.
#[test]
fn promtool_finds_nothing_wrong_with_the_metrics() {
    if !is_installed("promtool", "the check of the metrics") {
        return;
    }
    let (mut host, fake) = healthy();
    host.instance("closed", fake.port, &json!({ "isolated": true }));
    host.unit("opencode-closed.service", DEAD);
    host.instance("plain", 9, &json!({}));
    let metrics = stdout(&host.ctl(&["metrics"]).success());
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs");
    let mut input = promtool.stdin.take().expect("its input");
    input.write_all(metrics.as_bytes()).expect("written");
    drop(input);
    let output = promtool.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

/// The same for the rules that are an example, and each of them fires on what it
/// is about.
#[test]
fn promtool_takes_the_alert_rules() {
    if !is_installed("promtool", "the check of the alert rules") {
        return;
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for arguments in [
        ["check", "rules", "prometheus-alerts.yml"],
        ["test", "rules", "../tests/prometheus-alerts.yml"],
    ] {
        let output = Command::new("promtool")
            .args(arguments)
            .current_dir(&examples)
            .output()
            .expect("promtool runs");
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
}

/// A server that sleeps is not asked, although somebody listens at its address: the
/// socket that would start it.
#[test]
fn a_server_that_sleeps_is_left_alone() {
    let (mut host, fake) = healthy();
    host.units.clear();
    host.unit("opencode-web.service", DEAD);
    host.unit(
        "opencode-web-in.socket",
        "LoadState=loaded\nActiveState=active\nSubState=listening",
    );
    let assert = host.ctl(&["status"]).success();
    assert_eq!(rows(&assert)[0][..6], ["web", "asleep", "-", "-", "-", "-"]);
    host.ctl(&["metrics"]).success();
    assert_eq!(host.document()["asleep"], true);
    assert!(fake.heads().is_empty(), "it was asked: {:?}", fake.heads());

    // No client has come yet, so there is no HOME yet.
    std::fs::remove_dir_all(&host.world.home).expect("remove");
    let assert = host.ctl(&["status"]).success();
    assert_eq!(stderr(&assert), "");
    host.units.clear();
    host.unit("opencode-web.service", DEAD);
    let assert = host.ctl(&["status"]).success();
    assert!(stderr(&assert).contains("web: ") && stderr(&assert).contains("HOME does not exist"));
}

/// Nor is one of which systemd does not say that it runs, or a manifest which unit.
#[test]
fn a_server_without_a_unit_is_left_alone() {
    let mut host = Host::new();
    let fake = Fake::start(as_declared);
    host.instance("web", fake.port, &json!({ "unit": null }));
    host.unit("opencode-web.service", RUNNING);
    let assert = host.ctl(&["status"]).success();
    assert_eq!(rows(&assert)[0][..4], ["web", "-", "-", "-"]);
    assert!(stderr(&assert).contains("names no unit"));
    assert!(fake.heads().is_empty());
}

/// Without systemd, all that is told is what the disk says, and that is a failure.
#[test]
fn a_host_without_systemd_is_told_of() {
    let (host, fake) = healthy();
    host.world
        .script("bin/systemctl", "echo no systemd >&2; exit 1");
    let assert = host.ctl(&["status"]).code(1);
    assert!(stderr(&assert).contains("no systemd"));
    assert_eq!(rows(&assert)[0][..4], ["web", "-", "-", "-"]);
    assert!(fake.heads().is_empty());
}

#[test]
fn a_setup_that_failed_is_told_of() {
    let (mut host, _fake) = healthy();
    host.units.clear();
    host.unit("opencode-web.service", DEAD);
    host.unit(
        "opencode-web-setup.service",
        "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nNRestarts=3",
    );
    let assert = host.ctl(&["status"]).success();
    assert_eq!(rows(&assert)[0][1], "setup failed");
    let metrics = stdout(&host.ctl(&["metrics"]).success());
    assert!(metrics.contains("opencode_setup_failed{name=\"web\"} 1\n"));
}

/// What `verify` and `opencode-setup check` tell is in the column of the
/// configuration, each by itself and together.
#[test]
fn an_override_and_drift_are_told_of() {
    let mut host = Host::new();
    let fake = Fake::start(|head, stream| {
        let config = json!({ "model": "x/y", "permission": { "bash": "deny" } });
        let agents = json!([agent("build", &[("*", "*", "allow")])]);
        answer(head, stream, &config, &agents)
    });
    host.instance("web", fake.port, &json!({}));
    host.unit("opencode-web.service", RUNNING);
    let cell = |host: &Host| rows(&host.ctl(&["status"]).success())[0][4].clone();
    assert_eq!(cell(&host), "overridden, drift");
    host.set_up("web");
    assert_eq!(cell(&host), "overridden");
    let document = host.document();
    assert_eq!(document["configuration"]["inEffect"], false);
    assert_eq!(document["configuration"]["differences"], 2);
    let metrics = stdout(&host.ctl(&["metrics"]).success());
    assert!(metrics.contains("opencode_configuration_overridden{name=\"web\"} 1\n"));

    host.units.clear();
    host.unit("opencode-web.service", DEAD);
    std::fs::remove_file(host.world.at(common::CONFIG)).expect("remove");
    assert_eq!(cell(&host), "drift");
}

/// Servers that take requests and never answer cost a fleet little more than one.
#[test]
fn servers_that_hang_are_given_up_side_by_side() {
    let mut host = Host::new();
    let fake = Fake::start(|_, stream| {
        std::thread::sleep(Duration::from_mins(1));
        stream.flush()
    });
    for number in 1..=16 {
        let name = format!("web-{number}");
        host.instance(&name, fake.port, &json!({}));
        host.unit(&format!("opencode-{name}.service"), RUNNING);
    }
    let start = Instant::now();
    let assert = host.ctl(&["status", "--timeout", "2"]).success();
    assert!(
        start.elapsed() < Duration::from_secs(16),
        "{:?}",
        start.elapsed()
    );
    let rows = rows(&assert);
    assert_eq!(rows.len(), 16);
    assert!(
        rows.iter().all(|row| row[3] == "no" && row[2] == "-"),
        "{rows:?}"
    );
    assert!(stderr(&assert).contains("web-1: http://127.0.0.1:"));
}

/// An answer that takes a hundred times its size in memory costs its own instance the report, and neither the host nor
/// the other instances anything.
#[test]
fn an_answer_that_takes_too_much_memory_is_given_up() {
    let mut host = Host::new();
    let bomb = Fake::start(|head, stream| match head.split([' ', '?']).nth(1) {
        Some("/global/health") => send(stream, "200 OK", "{\"healthy\":true}"),
        Some("/session/status") => send(stream, "200 OK", "{}"),
        _ => send(
            stream,
            "200 OK",
            &format!("[{}[0]]", "[0],".repeat(2_000_000)),
        ),
    });
    host.instance("bomb", bomb.port, &json!({}));
    host.unit("opencode-bomb.service", RUNNING);
    let good = Fake::start(as_declared);
    host.instance("good", good.port, &json!({}));
    host.unit("opencode-good.service", RUNNING);
    let assert = host.ctl(&["status", "--timeout", "60"]).code(1);
    assert_eq!(rows(&assert)[1][3], "yes");
    let why = stderr(&assert);
    assert!(
        why.contains("opencodectl: bomb: ") && why.contains("memory"),
        "{why}"
    );
}

/// What answers its health route and nothing else is not healthy.
#[test]
fn a_server_that_answers_only_for_itself_is_not_healthy() {
    let mut host = Host::new();
    let fake = Fake::start(|head, stream| {
        if head.contains("/global/health") {
            return as_declared(head, stream);
        }
        send(stream, "500 Internal Server Error", "{}")
    });
    host.instance("web", fake.port, &json!({}));
    host.unit("opencode-web.service", RUNNING);
    let assert = host.ctl(&["status"]).success();
    assert_eq!(rows(&assert)[0][2..4], ["1.18.33", "no"]);
    assert!(stderr(&assert).contains("status 500"));
}

/// An agent cannot choose what a table or a label looks like.
#[test]
fn a_version_that_is_none_is_not_told() {
    for version in [
        "1\u{1b}[31m",
        "a\"} 1\nopencode_healthy 1",
        "",
        &"1".repeat(65),
    ] {
        let mut host = Host::new();
        let told = json!({ "healthy": true, "version": version }).to_string();
        let fake = Fake::start(move |head, stream| {
            if head.contains("/global/health") {
                return send(stream, "200 OK", &told);
            }
            as_declared(head, stream)
        });
        host.instance("web", fake.port, &json!({}));
        host.unit("opencode-web.service", RUNNING);
        let assert = host.ctl(&["status"]).success();
        assert_eq!(rows(&assert)[0][2..4], ["-", "yes"]);
        let metrics = stdout(&host.ctl(&["metrics"]).success());
        assert!(!metrics.contains("version="), "{metrics}");
    }
}

/// A manifest that is not valid costs its own row, and the exit code.
#[test]
fn a_broken_manifest_does_not_hide_the_others() {
    let (host, _fake) = healthy();
    std::fs::write(host.manifests.join("api.json"), "{}").expect("write");
    let assert = host.ctl(&["status"]).code(6);
    let rows = rows(&assert);
    assert_eq!(rows[0][..2], ["api", "-"]);
    assert_eq!(rows[1][..2], ["web", "active/running"]);
    assert!(stderr(&assert).contains("api: "));
    let metrics = host.ctl(&["metrics"]).code(6);
    assert!(stdout(&metrics).contains("opencode_observed{name=\"api\"} 0\n"));
    assert!(stdout(&metrics).contains("opencode_healthy{name=\"web\"} 1\n"));
}

#[test]
fn one_instance_can_be_named() {
    let (host, _fake) = healthy();
    host.instance("api", 9, &json!({}));
    assert_eq!(rows(&host.ctl(&["status", "web"]).success()).len(), 1);
    assert_eq!(rows(&host.ctl(&["status"]).success()).len(), 2);
    host.ctl(&["status", "nobody"]).code(1);
}

/// The file appears as a whole, readable for the exporter's user.
#[test]
fn metrics_are_put_into_a_file() {
    let (host, _fake) = healthy();
    let file = host.world.path("opencode.prom");
    let arguments = ["metrics", "--output", file.to_str().expect("UTF-8")];
    let assert = host.ctl(&arguments).success();
    assert!(stdout(&assert).is_empty());
    let text = std::fs::read_to_string(&file).expect("read");
    assert!(text.contains("opencode_healthy{name=\"web\"} 1\n"));
    assert_eq!(
        std::fs::metadata(&file).expect("it is there").mode() & 0o777,
        0o644
    );
    host.ctl(&["metrics", "--output", "/nonexistent/opencode.prom"])
        .code(1);
}

/// The exporter is a user of its own, whatever umask the caller has.
#[test]
fn a_strict_umask_does_not_hide_the_metrics() {
    let (host, _fake) = healthy();
    let file = host.world.path("opencode.prom");
    let program = env!("CARGO_BIN_EXE_opencodectl");
    let script = format!("umask 0077; exec '{program}' \"$@\"");
    let output = file.to_str().expect("UTF-8");
    let arguments = ["-c", &script, "sh", "metrics", "--output", output];
    host.run(Path::new("sh"), &arguments).success();
    let mode = std::fs::metadata(&file).expect("it is there").mode();
    assert_eq!(mode & 0o777, 0o644);
}

/// Refusals are those of an isolated instance. Its server is asked in its own
/// network or not at all, and this process is no member of the unit.
#[test]
fn refusals_are_those_of_isolated_instances() {
    if !is_root("refusals_are_those_of_isolated_instances") {
        return;
    }
    let (mut host, fake) = healthy();
    host.instance("closed", fake.port, &json!({ "isolated": true }));
    let running = RUNNING.replace("4242", &std::process::id().to_string());
    host.unit("opencode-closed.service", &running);
    host.instance("flooded", fake.port, &json!({ "isolated": true }));
    // The journal of one has more than can be read.
    let script = "case \"$*\" in
        *flooded*) exit 1 ;;
        *opencode-closed-proxy.service*) echo refused instance=closed; echo refused instance=closed ;;
    esac";
    host.world.script("bin/journalctl", script);
    let assert = host.ctl(&["status"]).code(1);
    let rows = rows(&assert);
    assert_eq!(rows[0][..4], ["closed", "active/running", "-", "-"]);
    let refusals = rows.iter().map(|row| row[9].as_str());
    assert_eq!(refusals.collect::<Vec<_>>(), ["2", "-", "-"]);
    assert!(stderr(&assert).contains("opencodectl: flooded: journalctl: "));
    assert!(stderr(&assert).contains("no longer a process of opencode-closed.service"));
}

/// Root looks at a HOME as its owner: what that user cannot read is not measured.
#[test]
fn root_measures_a_home_as_its_owner() {
    if !is_root("root_measures_a_home_as_its_owner") {
        return;
    }
    let (host, _fake) = healthy();
    give_to(&host.world.home, SOMEBODY);
    let secret = host.world.at("secret");
    std::fs::create_dir(&secret).expect("create");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o700)).expect("chmod");
    std::fs::write(secret.join("file"), vec![1; 5_000_000]).expect("write");
    let state = host.document()["state"].clone();
    assert_eq!(state["complete"], false);
    assert!(
        state["bytes"].as_u64().expect("a number") < 1_000_000,
        "{state}"
    );
    let assert = host.ctl(&["status"]).success();
    assert!(rows(&assert)[0][7].starts_with('>'));
}

/// A directory whose names may be read and whose files may not be looked at makes the
/// size a lower bound as well.
#[test]
fn a_directory_that_cannot_be_searched_makes_the_size_a_lower_bound() {
    if !is_root("a_directory_that_cannot_be_searched_makes_the_size_a_lower_bound") {
        return;
    }
    let (host, _fake) = healthy();
    let listed = host.world.at("listed");
    std::fs::create_dir(&listed).expect("create");
    std::fs::write(listed.join("file"), vec![1; 5_000_000]).expect("write");
    give_to(&host.world.home, SOMEBODY);
    std::fs::set_permissions(&listed, PermissionsExt::from_mode(0o400)).expect("chmod");
    let state = host.document()["state"].clone();
    assert_eq!(state["complete"], false, "{state}");
}

/// Somebody else sees what systemd and the manifests tell everybody, and one line
/// says why there is no more.
#[test]
fn an_ordinary_user_sees_what_everybody_may() {
    if !is_root("an_ordinary_user_sees_what_everybody_may") {
        return;
    }
    let (host, fake) = healthy();
    let copy = host.world.path("opencodectl");
    copy_program(Path::new(env!("CARGO_BIN_EXE_opencodectl")), &copy);
    let arguments = [
        "--reuid=64123",
        "--regid=64123",
        "--clear-groups",
        copy.to_str().expect("UTF-8"),
        "status",
    ];
    let assert = host.run(Path::new("setpriv"), &arguments).success();
    let row = &rows(&assert)[0];
    assert_eq!(row[..6], ["web", "active/running", "-", "-", "-", "-"]);
    assert_eq!(
        row[6..],
        ["370.0M", "-", fake.port.to_string().as_str(), "-"]
    );
    assert_eq!(stderr(&assert).lines().count(), 1);
    assert!(stderr(&assert).contains("run it as root"));
    assert!(fake.heads().is_empty());
}
