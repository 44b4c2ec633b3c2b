//! What a run must never do, whatever it found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::common::{Thing, Tree, World};
use crate::report;

/// One of the documented exits: no panic (101), no hang (137), no other death.
pub fn assert_ended_well(output: &Output) {
    assert!(
        matches!(output.status.code(), Some(0 | 1 | 5 | 6)),
        "{output:?}"
    );
    let error = &report(output)["error"];
    assert_eq!(
        error.is_null(),
        output.status.code() == Some(0),
        "{output:?}"
    );
}

/// Whatever was the user's is still there: the same inode, with the same content.
pub fn assert_kept(precious: &[PathBuf], before: &Tree, after: &Tree) {
    let identity = |thing: &Thing| (thing.inode, thing.mode, thing.content.clone());
    let kept: BTreeSet<_> = after.values().map(identity).collect();
    for path in precious {
        assert!(
            kept.contains(&identity(&before[path])),
            "{} is lost",
            path.display()
        );
    }
}

/// Each link of the manifest is there, and leads to its source, which is there,
/// too, and is what it has to be.
pub fn assert_usable(world: &World, manifest: &Value) {
    for link in manifest["links"].as_array().expect("links") {
        let [path, source] = ["path", "source"].map(|field| link[field].as_str().expect("text"));
        let target = std::fs::read_link(world.at(path));
        assert_eq!(target.ok().as_deref(), Some(Path::new(source)), "{path}");
        let reached = std::fs::metadata(world.at(path)).expect("the source is there");
        assert_eq!(reached.is_dir(), link["kind"] == "directory", "{path}");
    }
}

/// Every call that changes a file system works on a bare name in a directory, or
/// on a path, that was opened beneath HOME.
pub fn assert_writes_only_beneath(trace: &str) {
    const CHANGING: [&str; 12] = [
        "mkdir", "symlink", "link", "rename", "unlink", "rmdir", "chmod", "chown", "mknod",
        "truncate", "utime", "creat",
    ];
    for line in trace.lines() {
        let Some((call, arguments)) = line.split_once('(') else {
            continue;
        };
        let opens = call.starts_with("open");
        let for_writing = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
            .iter()
            .any(|flag| arguments.contains(flag));
        let changes = !opens
            && CHANGING
                .iter()
                .any(|name| call.contains(name) && !call.starts_with("read"));
        if opens && for_writing {
            assert!(arguments.contains("RESOLVE_BENEATH"), "{line}");
        }
        if changes {
            assert!(call.contains("at"), "{line}");
            assert!(!arguments.contains("AT_FDCWD"), "{line}");
            let names = arguments.split('"').skip(1).step_by(2);
            // The first name of symlinkat(2) is where the link points.
            let own = usize::from(call.starts_with("symlink"));
            assert!(names.skip(own).all(|name| !name.contains('/')), "{line}");
        }
    }
}
