//! What is on the disk at any moment, as strace(1) sees it.

mod common;

use common::{CONFIG, World};
use serde_json::json;

/// What strace saw of these system calls of an apply; `None` if there is no strace.
fn trace_of_apply(world: &World, calls: &str, test: &str) -> Option<String> {
    if !common::is_installed("strace", test) {
        return None;
    }
    let trace = world.path("trace");
    let output = std::process::Command::new("strace")
        .args(["-y", "-e", &format!("trace={calls}"), "-o"])
        .arg(&trace)
        .arg(common::program().get_program())
        .arg("apply")
        .arg(&world.manifest)
        .output();
    assert!(output.expect("strace runs").status.success());
    Some(std::fs::read_to_string(trace).expect("a trace"))
}

/// Every directory whose entries a run has changed is on the disk when it ends,
/// and so is the record.
#[test]
fn every_changed_directory_is_written_to_the_disk() {
    let world = World::new();
    let test = "every_changed_directory_is_written_to_the_disk";
    let Some(trace) = trace_of_apply(&world, "fsync", test) else {
        return;
    };
    for path in [
        "",
        "/.cache",
        "/.config",
        "/.config/opencode",
        "/.local",
        "/.local/share",
        "/.local/state",
        "/.local/state/opencode-setup",
        "/.local/state/opencode-setup/state.json.new",
    ] {
        let synced = format!("<{}{path}>)", world.home.display());
        assert!(trace.contains(&synced), "{synced} is not in: {trace}");
    }
}

/// The user's thing and the link change places in one system call, and so do an
/// older link of ours and a newer one: nobody ever finds the place empty.
#[test]
fn things_change_places_in_one_system_call() {
    let test = "things_change_places_in_one_system_call";
    let world = World::new();
    world.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
    for _ in ["the user's thing", "an older link"] {
        let calls = "renameat2,renameat,rename,unlinkat,unlink";
        let Some(trace) = trace_of_apply(&world, calls, test) else {
            return;
        };
        let exchange = trace
            .lines()
            .find(|line| line.contains("RENAME_EXCHANGE") && line.contains("\"opencode.json\""));
        let exchange = exchange.expect("an exchange");
        let private = "\".opencode.json.opencode-setup\"";
        assert!(exchange.contains(private), "{exchange}");
        assert!(!trace.contains("unlinkat(\"opencode.json\""), "{trace}");
        let newer = world.path("newer.json");
        std::fs::write(&newer, "{}").expect("write");
        let links = json!([{ "path": CONFIG, "source": newer }]);
        world.write_manifest(&json!({ "links": links }));
    }
}
