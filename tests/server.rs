//! The main job on real input: the real opencode server on a HOME that this
//! program has prepared.

mod common;

use common::server::{Server, binary};
use common::{CONFIG, World};
use serde_json::json;

/// The server starts on a prepared HOME, is healthy, and its configuration is
/// the linked file's; that it is healthy alone would be no proof, since it is
/// that without any configuration as well.
#[test]
fn the_real_server_has_the_configuration_of_the_linked_file() {
    let Some(opencode) = binary("OPENCODE_BIN") else {
        return;
    };
    let world = World::new();
    let config = r#"{
        // As opencode reads it: with comments and trailing commas.
        "username": "set-by-opencode-setup",
        "permission": { "bash": "deny", "webfetch": "ask", },
    }"#;
    std::fs::write(&world.source, config).expect("write");
    world.apply().success();
    let server = Server::start(&opencode, &world.home);
    assert_eq!(server.get("/global/health")["healthy"], true);
    let config = server.get("/config");
    assert_eq!(config["username"], "set-by-opencode-setup");
    assert_eq!(config["permission"]["bash"], "deny");
    assert_eq!(config["permission"]["webfetch"], "ask");
    drop(server);
    // What the server made of its HOME is no drift, and an apply leaves it alone.
    world.check().success();
    let before = world.tree();
    world.apply().success();
    assert_eq!(world.tree(), before);
}

/// The same with a new source: after an apply and a restart the server has the
/// new configuration, and what it wrote in between is still there.
#[test]
fn the_real_server_follows_a_new_source() {
    let Some(opencode) = binary("OPENCODE_BIN") else {
        return;
    };
    let world = World::new();
    world.apply().success();
    let server = Server::start(&opencode, &world.home);
    assert_eq!(server.get("/config")["username"], "first");
    drop(server);
    let database = world.at(".local/share/opencode/opencode.db");
    assert!(database.exists(), "the server keeps its state in HOME");
    let newer = world.path("newer.json");
    std::fs::write(&newer, r#"{"username": "second"}"#).expect("write");
    world.write_manifest(&json!({ "links": [{ "path": CONFIG, "source": newer }] }));
    world.apply().success();
    let server = Server::start(&opencode, &world.home);
    assert_eq!(server.get("/config")["username"], "second");
    assert!(database.exists());
}
