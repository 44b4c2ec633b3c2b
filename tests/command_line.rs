//! Targets, exit codes, output and help.

mod common;

use std::os::unix::fs::MetadataExt as _;

use common::{CONFIG, World, assert_one_line_error, program, run, stderr, stdout};
use serde_json::{Value, json};

/// Puts a manifest for `world` into `directory` under an instance's name.
fn install(world: &World, directory: &std::path::Path, name: &str) {
    world.write_manifest(&json!({ "instance": name }));
    std::fs::copy(&world.manifest, directory.join(format!("{name}.json"))).expect("copy");
}

/// A word with a `/` or ending in `.json` is a file, any other an instance whose
/// manifest is in the manifest directory.
#[test]
fn targets_are_files_or_instances() {
    let (world, directory) = (World::new(), tempfile::TempDir::new().expect("a directory"));
    install(&world, directory.path(), "alpha");
    let manifests = directory.path().to_str().expect("UTF-8");
    run(["apply", "--manifest-dir", manifests, "alpha"]).success();
    assert_eq!(world.link_target(), world.source);
    let mut by_file = program();
    by_file
        .current_dir(directory.path())
        .args(["check", "alpha.json"]);
    assert!(by_file.status().expect("spawn").success());
    let assert = run(["apply", "--manifest-dir", manifests, "beta"]).code(1);
    assert_one_line_error(&assert, &["beta.json", "No such file"]);
    let assert = run(["apply", "--manifest-dir", manifests, "../alpha"]).code(1);
    assert_one_line_error(&assert, &["../alpha"]);
}

/// A manifest under another instance's name is not applied by that name.
#[test]
fn a_manifest_under_anothers_name_is_refused() {
    let (world, directory) = (World::new(), tempfile::TempDir::new().expect("a directory"));
    install(&world, directory.path(), "alpha");
    std::fs::rename(
        directory.path().join("alpha.json"),
        directory.path().join("beta.json"),
    )
    .expect("rename");
    let manifests = directory.path().to_str().expect("UTF-8");
    let assert = run(["apply", "--manifest-dir", manifests, "beta"]).code(6);
    assert_one_line_error(&assert, &["field `instance`", "\"alpha\"", "\"beta\""]);
}

/// `--all` takes every manifest of the directory; `check --all` prints an
/// aligned table, a row for each, and names what is not in order.
#[test]
fn all_takes_every_manifest_and_check_prints_a_table() {
    let worlds = [World::new(), World::new(), World::new()];
    let directory = tempfile::TempDir::new().expect("a directory");
    for (world, name) in worlds.iter().zip(["alpha", "b", "gamma-3"]) {
        install(world, directory.path(), name);
    }
    let manifests = directory.path().to_str().expect("UTF-8");
    let all = |command: &str| run([command, "--all", "--manifest-dir", manifests]);
    all("apply").success();
    all("check").success();
    std::fs::remove_file(worlds[1].at(CONFIG)).expect("remove");
    std::fs::remove_file(&worlds[2].source).expect("remove");
    let assert = all("check").code(1);
    let text = stdout(&assert);
    let lines: Vec<&str> = text.lines().collect();
    let column = lines[0].find("STATUS").expect("a header");
    let states: Vec<&str> = lines[1..4]
        .iter()
        .map(|line| line[column..].split_whitespace().next().unwrap_or_default())
        .collect();
    assert_eq!(states, ["unchanged", "drift", "failed"]);
    assert!(text.contains("b: would create link"), "{text}");
    assert!(stderr(&assert).contains("gamma-3"), "{}", stderr(&assert));
}

/// One target that fails does not stop the rest, and the exit code is the worst.
#[test]
fn one_failing_target_does_not_stop_the_rest() {
    let (good, bad, conflict) = (World::new(), World::new(), World::new());
    std::fs::remove_file(&bad.source).expect("remove");
    conflict.write_manifest(&json!({ "onConflict": "fail" }));
    conflict.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
    let arguments = |worlds: &[&World]| {
        let manifests = worlds
            .iter()
            .map(|world| world.manifest.clone().into_os_string());
        [std::ffi::OsString::from("apply")]
            .into_iter()
            .chain(manifests)
            .collect::<Vec<_>>()
    };
    run(arguments(&[&conflict, &good])).code(5);
    assert_eq!(good.link_target(), good.source);
    run(arguments(&[&conflict, &bad, &good])).code(1);
}

/// An empty manifest directory is nothing to do, a missing one an error.
#[test]
fn all_of_nothing() {
    let directory = tempfile::TempDir::new().expect("a directory");
    let manifests = directory.path().to_str().expect("UTF-8");
    let assert = run(["apply", "--all", "--manifest-dir", manifests]).success();
    assert!(stderr(&assert).contains("holds no manifest"));
    let assert = run(["apply", "--all", "--manifest-dir", "/no/such\ndirectory"]).code(1);
    assert_one_line_error(&assert, &["/no/such\\ndirectory", "--manifest-dir"]);
}

/// A usage error exits with 2, and nothing is done: in particular no
/// flag that stands for a manifest is ignored beside one.
#[test]
fn usage_errors_exit_with_2() {
    let world = World::new();
    let manifest = world.manifest.to_str().expect("UTF-8");
    let home = world.home.to_str().expect("UTF-8");
    for arguments in [
        &["apply"][..],
        &["check"],
        &["frobnicate"],
        &["apply", "--all", manifest],
        &["apply", "--home", home, manifest],
        &["apply", "--config", "/x"],
        &["apply", manifest, "--config", "/x"],
        &["apply", manifest, "--directory", "x"],
        &["apply", manifest, "--pre-init", "/x"],
        &["apply", manifest, "--post-init", "/x"],
        &["apply", manifest, "--on-conflict", "fail"],
        &["apply", "--all", "--on-conflict", "fail"],
        &["apply", manifest, "--on-conflict", "clobber"],
        &["apply", manifest, "--lock-timeout", "soon"],
        &["check", manifest, "--dry-run"],
        &["apply", "--home", home, "--directory", "../x"],
        &["apply", "--home", "/"],
        &["apply", "-x"],
        &["validate"],
        &["completions", "csh"],
    ] {
        let assert = run(arguments).code(2);
        assert!(!stderr(&assert).is_empty(), "{arguments:?}");
        assert_eq!(stdout(&assert), "", "{arguments:?}");
    }
    assert_eq!(common::names(&world.tree()), Vec::<&str>::new());
}

/// The flags that stand for a manifest do what its fields do.
#[test]
fn flags_do_what_fields_do() {
    let world = World::new();
    world.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
    let before = world.script("before", "echo before >> ../log");
    let after = world.script("after", "echo after >> ../log");
    let (home, config) = (world.home.as_os_str(), world.source.as_os_str());
    let apply = || {
        let mut command = program();
        command.arg("apply").arg("--home").arg(home);
        command.arg("--config").arg(config);
        command
    };
    let mut command = apply();
    command.args(["--on-conflict", "fail"]);
    assert_eq!(command.output().expect("spawn").status.code(), Some(5));
    let mut command = apply();
    command.args(["--on-conflict", "backup", "--directory", "only-this"]);
    command
        .arg("--pre-init")
        .arg(before)
        .arg("--post-init")
        .arg(after);
    assert!(command.output().expect("spawn").status.success());
    let log = std::fs::read_to_string(world.path("log")).expect("the hooks ran");
    assert_eq!(log, "before\nafter\n");
    assert!(world.at("only-this").is_dir());
    assert!(!world.at(".cache").exists());
}

/// Options hold for each of several targets: `--dry-run`, `--lock-timeout` and
/// `--manifest-dir`. A file that is not named like a manifest is no target.
#[test]
fn options_reach_every_one_of_several_targets() {
    let (alpha, beta) = (World::new(), World::new());
    let directory = tempfile::TempDir::new().expect("a directory");
    install(&alpha, directory.path(), "alpha");
    install(&beta, directory.path(), "beta");
    std::fs::write(directory.path().join("README"), "no manifest").expect("write");
    let manifests = directory.path().to_str().expect("UTF-8");
    let run_both = |more: &[&str]| {
        let arguments = ["apply", "--manifest-dir", manifests, "alpha", "beta"];
        run(arguments.iter().chain(more))
    };
    run_both(&["--dry-run"]).success();
    assert!(alpha.tree().len() == 1 && beta.tree().len() == 1);
    let hook = alpha.script("hold", "touch ../held; sleep 2");
    alpha.write_manifest(&json!({ "preInit": hook }));
    let mut holder = program();
    holder
        .arg("apply")
        .arg(&alpha.manifest)
        .stdout(std::process::Stdio::null());
    let mut holder = holder.spawn().expect("spawn");
    while !alpha.path("held").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    run_both(&["--lock-timeout", "0"]).code(75);
    assert_eq!(beta.link_target(), beta.source);
    assert!(holder.wait().expect("wait").success());
    run(["apply", "--all", "--manifest-dir", manifests]).success();
    assert_eq!(alpha.link_target(), alpha.source);
}

/// A relative HOME is taken from the working directory, `..` included.
#[test]
fn a_relative_home_is_taken_from_the_working_directory() {
    let world = World::new();
    let mut command = program();
    command
        .current_dir(&world.home)
        .args(["apply", "--home", "../home"]);
    command.stdout(std::process::Stdio::null());
    assert!(command.status().expect("spawn").success());
    assert!(world.at(".config/opencode").is_dir());
}

/// A dry run lists exactly what apply then does, and changes nothing.
#[test]
fn a_dry_run_lists_what_apply_then_does() {
    let world = World::new();
    world.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
    let before = world.tree();
    let planned = world.report(&["apply", "--dry-run"]);
    assert_eq!(world.tree(), before);
    assert_eq!(planned["status"], "drift");
    assert_eq!(planned["exitCode"], 0);
    let done = world.report(&["apply"]);
    assert_eq!(planned["changes"], done["changes"]);
    assert_eq!(world.report(&["apply", "--dry-run"])["changes"], json!([]));
}

/// Every report has every documented field, whatever came of the run.
#[test]
fn reports_have_their_documented_shape() {
    let world = World::new();
    let hook = world.script("hook", "exit 3");
    let mut reports = vec![world.report(&["check"]), world.report(&["apply"])];
    world.write_manifest(&json!({ "postInit": hook }));
    reports.push(world.report(&["apply"]));
    reports.push(world.report(&["apply", "--dry-run"]));
    std::fs::write(&world.manifest, "{}").expect("write");
    reports.push(world.report(&["apply"]));
    for report in &reports {
        let mut fields: Vec<&str> = report
            .as_object()
            .into_iter()
            .flat_map(|object| object.keys().map(String::as_str))
            .collect();
        fields.sort_unstable();
        let expected = [
            "changes", "error", "exitCode", "firstRun", "home", "hooks", "instance", "mode",
            "status", "target", "version", "warnings",
        ];
        assert_eq!(fields, expected);
        assert_eq!(report["version"], 1);
    }
    let field = |name: &str| {
        reports
            .iter()
            .map(|report| report[name].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        field("mode"),
        ["check", "apply", "apply", "dry-run", "apply"]
    );
    assert_eq!(
        field("status"),
        ["drift", "changed", "failed", "unchanged", "failed"]
    );
    assert_eq!(field("exitCode"), [3, 0, 4, 0, 6]);
    assert_eq!(
        field("firstRun"),
        [
            json!(true),
            json!(true),
            json!(false),
            json!(false),
            Value::Null
        ]
    );
    assert_eq!(reports[2]["error"]["kind"], "hook-failed");
    assert_eq!(reports[2]["hooks"][0]["program"], json!(hook),);
    assert_eq!(reports[3]["hooks"][0]["ran"], false);
    let link = reports[1]["changes"]
        .as_array()
        .and_then(|changes| {
            changes
                .iter()
                .find(|change| change["action"] == "create-link")
        })
        .cloned()
        .expect("a link was created");
    assert_eq!(link["path"], CONFIG);
    assert_eq!(link["source"], json!(world.source));
    assert!(link["text"].is_string());
}

/// With several targets there is a document for each, a line each.
#[test]
fn there_is_one_document_per_target() {
    let worlds = [World::new(), World::new()];
    for command in ["check", "apply"] {
        let manifests = worlds.iter().map(|world| world.manifest.as_os_str());
        let command_line = [command.as_ref(), "--json".as_ref()]
            .into_iter()
            .chain(manifests);
        let text = stdout(&run(command_line));
        let documents: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(documents.len(), 2);
        assert!(documents.iter().all(|document| document["mode"] == command));
    }
}

/// Under systemd every line begins with its level for the journal, if it goes to the
/// stream that `JOURNAL_STREAM` names.
#[test]
fn the_journal_gets_levels() {
    let world = World::new();
    world.in_the_way(|path| std::fs::write(path, "mine").expect("write"));
    let with_stream = |command: &str, named: Option<&str>| {
        let journal = tempfile::NamedTempFile::new().expect("a file");
        let metadata = journal.as_file().metadata().expect("metadata");
        let name = format!("{}:{}", metadata.dev(), metadata.ino());
        let stream = || journal.reopen().expect("open");
        let mut program = program();
        program
            .env("JOURNAL_STREAM", named.unwrap_or(&name))
            .args([command.as_ref(), world.manifest.as_os_str()])
            .stdout(stream())
            .stderr(stream());
        program.status().expect("spawn");
        std::fs::read_to_string(journal.path()).expect("read")
    };
    let with_journal = |command: &str| with_stream(command, None);
    let applied = with_journal("apply");
    assert!(
        applied
            .lines()
            .all(|line| line.starts_with("<6>my-project: ")),
        "{applied}"
    );
    std::fs::write(world.at(".config/opencode/opencode.jsonc"), "{}").expect("write");
    assert!(
        with_journal("check")
            .lines()
            .any(|line| line.starts_with("<4>opencode-setup: "))
    );
    std::fs::remove_file(&world.source).expect("remove");
    let failed = with_journal("apply");
    assert!(
        failed
            .lines()
            .all(|line| line.starts_with("<3>opencode-setup: my-project: "))
    );
    let redirected = with_stream("apply", Some("8:12345"));
    assert!(redirected.starts_with("opencode-setup: "), "{redirected}");
}

/// On a terminal errors are red, unless `NO_COLOR` asks for none.
#[test]
fn colour_is_for_terminals_that_want_it() {
    if !common::is_installed("script", "colour_is_for_terminals_that_want_it") {
        return;
    }
    let world = World::new();
    std::fs::remove_file(&world.source).expect("remove");
    let on_terminal = |no_color: &str| {
        let script = format!(
            "{} apply {}",
            program().get_program().display(),
            world.manifest.display()
        );
        let output = std::process::Command::new("script")
            .args(["-qec", &script, "/dev/null"])
            .env_remove("JOURNAL_STREAM")
            .env("NO_COLOR", no_color)
            .output();
        String::from_utf8_lossy(&output.expect("script runs").stdout).into_owned()
    };
    assert!(on_terminal("").contains("\u{1b}[31m"));
    assert!(!on_terminal("1").contains('\u{1b}'));
    assert!(!stderr(&world.apply().code(1)).contains('\u{1b}'));
}

/// Every command explains itself with an example, and the main ones with the
/// exit codes.
#[test]
fn help_teaches() {
    for command in ["apply", "check", "validate", "completions", "man"] {
        let text = stdout(&run([command, "--help"]).success());
        assert!(text.contains("Example"), "{command}");
        assert!(
            text.contains(&format!("opencode-setup {command}")),
            "{command}"
        );
    }
    for arguments in [&["--help"][..], &["apply", "--help"], &["check", "--help"]] {
        let text = stdout(&run(arguments).success());
        assert!(text.contains("75  another run"), "{text}");
    }
    assert!(stdout(&run(["--version"]).success()).starts_with("opencode-setup "));
}

/// Completions and the manual page know the commands and the options.
#[test]
fn completions_and_manual_page_know_the_options() {
    for shell in ["bash", "fish", "zsh"] {
        let script = stdout(&run(["completions", shell]).success());
        for word in ["validate", "lock-timeout"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    let page = stdout(&run(["man"]).success());
    for word in [
        ".TH",
        "APPLY",
        "CHECK",
        "VALIDATE",
        "lock\\-timeout",
        "Exit codes",
    ] {
        assert!(page.contains(word), "the manual page does not say {word}");
    }
}

/// A run that did its work and cannot write its output fails.
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let world = World::new();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("open");
    let mut command = program();
    command.arg("apply").arg(&world.manifest).stdout(full);
    let output = command.output().expect("spawn");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"));
    world.check().success();
}
