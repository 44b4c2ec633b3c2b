# How the server looks after the project's directory.
{
  lib,
  declare,
  ...
}:
let
  inherit (lib.types) bool listOf str;
in
{
  snapshot = declare.optional bool {
    description = ''
      Whether to record the project's files before each change, in a git repository of the state directory, so that
      changes can be undone. When unset, yes. It takes time and space in very large projects.
    '';
  };

  watcher =
    declare.section
      {
        ignore = declare.optional (listOf str) {
          example = [
            "node_modules/**"
            "target/**"
          ];
          description = "Patterns of files not to watch for changes, beside the built-in ones.";
        };
      }
      {
        description = "Watching the project's files.";
      };
}
