# How the server looks after the project's directory.
{
  snapshot.description = ''
    Whether to record the project's files before each change, in a git repository of the state directory, so that
    changes can be undone. When unset, yes. It takes time and space in very large projects.
  '';

  watcher.description = "Watching the project's files.";

  "watcher.ignore" = {
    example = [
      "node_modules/**"
      "target/**"
    ];
    description = "Patterns of files not to watch for changes, beside the built-in ones.";
  };
}
