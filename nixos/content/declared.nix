# What an instance declares of HOME's content, in one shape:
#
#   { option; path; name; value; } and, of a skill or an agent, `frontMatter`: the name of what the file is.
#   One of `files` has a `file` as well: { hasText; hasSource; kind; }.
#
# `option` is below the instance, `path` below HOME; `value` is text, or where a file or a folder is.
{ lib }:
let
  isStorePath = value: lib.hasPrefix "${builtins.storeDir}/" value;

  # Is this the place of something, and not its text?
  isPlace = value: !lib.isString value || isStorePath value;

  isMissing = value: lib.isPath value && !builtins.pathExists value;

  # Without a Nix that can ask for one file, which the tests do without. The parent of a flake's own folder is closed.
  typeInParent = path: (builtins.readDir (builtins.dirOf path)).${builtins.baseNameOf path};
  isFolder = path: builtins.pathExists path && (builtins.readFileType or typeInParent) path == "directory";

  isDirectory =
    value:
    if lib.isPath value then
      isFolder value
    else
      # What is not built yet shows only in its name.
      !lib.hasSuffix ".md" "${value}";

  named =
    set: kind: pathOf:
    lib.mapAttrsToList (name: value: {
      option = lib.showOption [
        kind
        name
      ];
      inherit name value;
      path = ".config/opencode/${pathOf name value}";
    }) (lib.filterAttrs (_: value: value != null) set);

  script = name: if lib.hasSuffix ".js" name || lib.hasSuffix ".ts" name then name else "${name}.ts";
  ofKind = frontMatter: map (one: one // { inherit frontMatter; });
  asJSON = value: if isPlace value && !lib.isAttrs value then value else builtins.toJSON value;
in
{
  inherit isPlace isDirectory isMissing;

  of =
    cfg:
    lib.mapAttrsToList (path: file: {
      option = lib.showOption [
        "files"
        path
      ];
      inherit path;
      name = builtins.baseNameOf path;
      value = if file.text != null then file.text else file.source;
      file = {
        hasText = file.text != null;
        hasSource = file.source != null;
        inherit (file) kind;
      };
    }) (lib.filterAttrs (_: file: file != null) cfg.files)
    ++ lib.optional (cfg.context != null) {
      option = "context";
      name = "AGENTS";
      path = ".config/opencode/AGENTS.md";
      value = cfg.context;
    }
    ++ ofKind "agent" (named cfg.agents "agents" (name: _: "agents/${name}.md"))
    ++ ofKind "command" (named cfg.commands "commands" (name: _: "commands/${name}.md"))
    ++ ofKind "skill" (
      named cfg.skills "skills" (
        name: value: if isPlace value && isDirectory value then "skills/${name}" else "skills/${name}/SKILL.md"
      )
    )
    ++ named cfg.tools "tools" (name: _: "tools/${script name}")
    ++ named cfg.plugins "plugins" (name: _: "plugins/${script name}")
    ++ named (lib.mapAttrs (_: value: if value == null then null else asJSON value) cfg.themes) "themes" (
      name: _: "themes/${name}.json"
    )
    ++ lib.optional (cfg.tui != null) {
      option = "tui";
      name = "tui";
      path = ".config/opencode/tui.json";
      value = builtins.toJSON cfg.tui;
    };
}
