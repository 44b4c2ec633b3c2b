# Places of HOME that are the setup unit's own, by their path below HOME.
rec {
  # Directories that are made for every instance. What the executor makes where a manifest names none.
  usual = [
    ".config/opencode"
    ".local/share/opencode"
    ".local/state/opencode"
    ".cache/opencode"
  ];

  # Directories that `lockConfig` makes. opencode writes a .gitignore into these, and nothing into the others.
  ignoring = [
    ".config/opencode"
    ".opencode"
  ];
  locked = ignoring ++ [
    ".claude"
    ".agents"
  ];

  # Where the executor keeps its record; see src/manifest/names.rs.
  record = ".local/state/opencode-setup";

  logins = ".local/share/opencode/auth.json";

  # What both majors append to.
  log = ".local/share/opencode/log/opencode.log";

  files = [
    ".config/opencode/opencode.json"
    ".config/opencode/.gitignore"
    ".opencode/.gitignore"
    log
    logins
  ];
}
