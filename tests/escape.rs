//! Nothing outside HOME is ever created or changed, wherever links lead.

mod common;

use std::path::Path;

use common::{CONFIG, World, assert_one_line_error, link};

/// A directory beside HOME that apply is lured into, with its contents.
fn victim(world: &World) -> std::path::PathBuf {
    let victim = world.path("victim");
    std::fs::create_dir_all(victim.join("opencode")).expect("create");
    std::fs::write(victim.join("opencode/opencode.json"), "theirs").expect("write");
    victim
}

/// A directory that is a link out of HOME is refused by name, relative or
/// absolute, and what it leads to stays as it is.
#[test]
fn a_link_out_of_home_is_refused() {
    for relative in [false, true] {
        let world = World::new();
        let victim = victim(&world);
        let before = common::tree(&victim);
        let target = if relative {
            Path::new("../victim")
        } else {
            &victim
        };
        link(target, world.at(".config"));
        let home_before = world.tree();
        let assert = world.apply().code(1);
        assert_one_line_error(&assert, &["my-project", ".config", "victim", "HOME"]);
        assert_eq!(common::tree(&victim), before);
        assert_eq!(world.tree(), home_before);
        world.check().code(1);
    }
}

/// A relative link that stays inside HOME is followed, and stays a link.
#[test]
fn a_link_that_stays_inside_home_is_followed() {
    let world = World::new();
    std::fs::create_dir_all(world.at("elsewhere/deep")).expect("create");
    link("elsewhere/deep", world.at(".config"));
    world.apply().success();
    let real = world.at("elsewhere/deep/opencode/opencode.json");
    assert_eq!(std::fs::read_link(real).expect("a link"), world.source);
    assert_eq!(
        std::fs::read_link(world.at(".config")).expect("a link"),
        Path::new("elsewhere/deep")
    );
    assert_eq!(world.link_target(), world.source);
    world.check().success();
}

/// An absolute link into HOME counts as leading out, and the message says how
/// to write it.
#[test]
fn an_absolute_link_into_home_is_refused_with_advice() {
    let world = World::new();
    std::fs::create_dir(world.at("elsewhere")).expect("create");
    link(world.at("elsewhere"), world.at(".config"));
    assert_one_line_error(&world.apply().code(1), &[".config", "relative"]);
}

/// A link to nowhere, a circle, a file: each is named, none is replaced.
#[test]
fn whatever_is_not_a_directory_is_named_and_left_alone() {
    type Make = fn(&Path);
    let cases: [(Make, &str); 4] = [
        (|path| link("nowhere", path), "where nothing is"),
        (|path| link(".config", path), "circle"),
        (
            |path| std::fs::write(path, "mine").expect("write"),
            "a regular file where a directory",
        ),
        (common::make_fifo, "a fifo where a directory"),
    ];
    for (make, part) in cases {
        let world = World::new();
        make(&world.at(".config"));
        let before = world.tree();
        assert_one_line_error(&world.apply().code(1), &[".config: ", part]);
        assert_eq!(world.tree(), before);
    }
}

/// The component that leads out is named, not the path that was asked for.
#[test]
fn the_component_that_leads_out_is_named() {
    let world = World::new();
    let victim = victim(&world);
    std::fs::create_dir(world.at(".config")).expect("create");
    link(&victim, world.at(".config/opencode"));
    assert_one_line_error(
        &world.apply().code(1),
        &[" .config/opencode: is a symbolic link"],
    );
    assert_eq!(
        std::fs::read(victim.join("opencode/opencode.json")).expect("kept"),
        b"theirs"
    );
}

/// A record behind a link that leads out is not written there.
#[test]
fn the_record_is_not_written_outside_home() {
    let world = World::new();
    let victim = victim(&world);
    let before = common::tree(&victim);
    std::fs::create_dir_all(world.at(".local/state")).expect("create");
    link(&victim, world.at(".local/state/opencode-setup"));
    assert_one_line_error(&world.apply().code(1), &[".local/state/opencode-setup"]);
    assert_eq!(common::tree(&victim), before);
    assert!(world.at(CONFIG).symlink_metadata().is_err());
}
