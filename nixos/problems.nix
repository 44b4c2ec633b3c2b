# What is refused and what is warned about, for all enabled instances together.
#
# Every text names the offenders and what to do. Each rule is linear in the number of instances.
{ lib, pipeline }:
let
  option = name: what: "services.opencode.instances.${name}.${what}";
  names = lib.concatStringsSep ", ";

  # { <value> = [ <name> ... ]; } of the values that more than one instance has.
  shared =
    valueOf: instances:
    lib.filterAttrs (_: sharers: lib.length sharers > 1) (
      lib.groupBy (name: valueOf instances.${name}) (lib.attrNames instances)
    );

  # "/a/b/c" -> [ "/a/b/c" "/a/b" "/a" "/" ]
  selfAndParents =
    path: if path == "/" then [ "/" ] else [ path ] ++ selfAndParents (builtins.dirOf path);

  # What systemd takes for a unit's name and the executor for an instance's, with no "@", which
  # would make it a template.
  isUnitName =
    name: builtins.match "[A-Za-z0-9][A-Za-z0-9_.-]{0,199}" name != null && !lib.hasSuffix ".json" name;

  # What useradd, systemd and NixOS all take.
  isAccountName = account: builtins.match "[a-z_][a-z0-9_-]{0,30}" account != null;

  accountRule = "it must match [a-z_][a-z0-9_-]* and have at most 31 characters";

  systemDirectories = [
    "/"
    "/bin"
    "/boot"
    "/dev"
    "/etc"
    "/home"
    "/nix"
    "/nix/store"
    "/opt"
    "/proc"
    "/root"
    "/run"
    "/srv"
    "/sys"
    "/tmp"
    "/usr"
    "/var"
    "/var/lib"
    "/var/tmp"
  ];

  errorsOfNames =
    instances:
    lib.concatMap (
      name:
      if !isUnitName name then
        [
          "services.opencode.instances: \"${name}\" cannot be the name of an instance, which systemd and the setup executor must take: use at most 200 letters, digits, \"-\", \"_\" and \".\", start with a letter or digit, and do not end in \".json\"."
        ]
      else
        lib.optional (instances ? "${name}-setup")
          "services.opencode.instances: \"${name}\" and \"${name}-setup\" both need the unit opencode-${name}-setup. Rename one of them."
    ) (lib.attrNames instances);

  errorsOfAccounts =
    instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg:
        # A name that cannot be has been complained about already.
        lib.optional (!isAccountName cfg.user && isUnitName name)
          "${option name "user"}: \"${cfg.user}\" cannot be the name of a user: ${accountRule}. Set this option, or choose another name for the instance."
        ++
          lib.optional (cfg.user == "root")
            "${option name "user"} is root: the server runs whatever command an agent asks for. Leave the option out, or name a user without rights."
        ++ lib.optional (
          cfg.group != cfg.user && !isAccountName cfg.group
        ) "${option name "group"}: \"${cfg.group}\" cannot be the name of a group: ${accountRule}."
      ) instances
    )
    ++ lib.mapAttrsToList (
      user: sharers:
      "services.opencode.instances: ${names sharers} run as the same user, ${user}, and could read each other's state. Give each its own `user`, or leave it out."
    ) (shared (cfg: cfg.user) instances);

  # Two names for one address. A wildcard takes the port on every address.
  wildcards = [
    "0.0.0.0"
    "::"
    "[::]"
    "*"
  ];
  canonicalAddress =
    address:
    if address == "localhost" then
      "127.0.0.1"
    else if lib.elem address wildcards then
      "every address"
    else
      address;

  errorsOfPorts =
    instances:
    lib.concatLists (
      lib.mapAttrsToList (
        port: sharers:
        let
          addressOf = name: canonicalAddress instances.${name}.listen.address;
          byAddress = lib.groupBy addressOf sharers;
          clash =
            if byAddress ? "every address" then
              [ sharers ]
            else
              lib.filter (group: lib.length group > 1) (lib.attrValues byAddress);
        in
        map (
          group:
          "services.opencode.instances: ${names group} listen on the same address and port, ${
            lib.concatMapStringsSep ", " (name: "${instances.${name}.listen.address}:${port}") group
          }. Set `listen.port` of all but one of them."
        ) clash
      ) (shared (cfg: toString cfg.listen.port) instances)
    );

  errorsOfDirectories =
    instances:
    let
      directories = lib.groupBy (name: instances.${name}.directory) (lib.attrNames instances);
      states = lib.groupBy (name: instances.${name}.stateDir) (lib.attrNames instances);
      # The instances that claim `path` or a parent of it.
      above = claims: path: lib.concatMap (parent: claims.${parent} or [ ]) (selfAndParents path);
      others = name: lib.filter (other: other != name);
    in
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg:
        let
          inDirectoryOf = above directories cfg.stateDir;
          directoryInStateOf = above states cfg.directory;
          # One that is shared has its own message.
          inStateOf = others name (above states (builtins.dirOf cfg.stateDir));
        in
        lib.optional (lib.elem cfg.stateDir systemDirectories) "${option name "stateDir"}: ${cfg.stateDir} belongs to the system, and the instance would own it. Name a directory of its own."
        ++ lib.optional (lib.elem name inDirectoryOf) "${option name "stateDir"}: ${cfg.stateDir} is in (or is) the instance's directory, ${cfg.directory}. Logins and sessions would be part of the project. Move one of them."
        ++
          lib.optional (lib.elem name directoryInStateOf && cfg.directory != cfg.stateDir)
            "${option name "directory"}: ${cfg.directory} is in the instance's stateDir, ${cfg.stateDir}, which the setup unit may write to. Move one of them."
        ++ map (
          other:
          "${option name "stateDir"}: ${cfg.stateDir} is in the directory of ${other}, ${instances.${other}.directory}, whose agents would write to it. Move one of them."
        ) (others name inDirectoryOf)
        ++
          map
            (
              other:
              "${option name "directory"}: ${cfg.directory} is in the stateDir of ${other}, ${instances.${other}.stateDir}, which is closed to everyone else. Move one of them."
            )
            (lib.filter (other: instances.${other}.stateDir != cfg.directory) (others name directoryInStateOf))
        ++ map (
          other:
          "${option name "stateDir"}: ${cfg.stateDir} is in the stateDir of ${other}, ${instances.${other}.stateDir}, which is closed to everyone else. Move one of them."
        ) inStateOf
      ) instances
    )
    ++ lib.mapAttrsToList (
      stateDir: sharers:
      "services.opencode.instances: ${names sharers} have the same stateDir, ${stateDir}. Each needs its own: leave the option out."
    ) (lib.filterAttrs (_: sharers: lib.length sharers > 1) states);

  errorsOfSettings =
    instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg:
        lib.optional (
          cfg.environment ? HOME
        ) "${option name "environment"}.HOME: HOME is the state directory. Set `stateDir` instead."
        ++ map (
          id:
          "${option name "credentials"}: \"${id}\" cannot be the name of a credential: use letters, digits, \"_\", \".\" and \"-\"."
        ) (lib.filter (id: builtins.match "[A-Za-z0-9_.-]+" id == null) (lib.attrNames cfg.credentials))
      ) instances
    );

  isLoopback =
    address:
    lib.hasPrefix "127." address
    || lib.elem address [
      "::1"
      "[::1]"
      "localhost"
    ];

  passwordVariable = "OPENCODE_SERVER_PASSWORD";

  # An environment file's content is not known here: that there is one is taken for a password.
  hasPassword =
    cfg:
    cfg.environmentFile != null
    || cfg.environmentFiles != [ ]
    || cfg.credentials ? ${passwordVariable}
    || cfg.environment.${passwordVariable} or null != null;

  warningsOf =
    defaults: name: cfg:
    lib.optional (!isLoopback cfg.listen.address && !hasPassword cfg)
      "${option name "listen.address"} is ${cfg.listen.address}, and no password is in sight: whoever reaches port ${toString cfg.listen.port} can run commands as ${cfg.user}. Set ${passwordVariable} in one of the `environmentFiles` or as one of the `credentials`."
    ++
      lib.optional (cfg.environment.${passwordVariable} or null != null)
        "${option name "environment"}.${passwordVariable} is in the Nix store, where every user can read it. Move it to one of the `environmentFiles` or `credentials`."
    ++
      lib.optional (cfg.openFirewall && isLoopback cfg.listen.address)
        "${option name "openFirewall"} opens port ${toString cfg.listen.port}, but the server listens on ${cfg.listen.address} only. Set `listen.address`, or leave the firewall closed."
    ++ (
      if cfg.configFile == null then
        map (warning: "${option name "config"}: ${warning}") (pipeline.configWarnings cfg.config)
      else
        lib.optional (
          pipeline.render cfg.config != pipeline.render defaults.config
        ) "${option name "config"} has no effect, because `configFile` is set. Remove one of them."
    );
in
{
  # Whether units and users with these names can be declared at all.
  isSound = name: cfg: isUnitName name && isAccountName cfg.user && isAccountName cfg.group;

  # The instance, unless it sets an option of the past: an assertion would come too late for whoever evaluates a unit.
  withoutRemovedOptions =
    name: cfg:
    lib.throwIf (cfg.opencodeCfg != null)
      "${option name "opencodeCfg"} no longer exists. Write the same settings to ${option name "config"}, which is typed, or name a ready-made file with `configFile`."
      cfg;

  errors =
    instances:
    errorsOfNames instances
    ++ errorsOfAccounts instances
    ++ errorsOfPorts instances
    ++ errorsOfDirectories instances
    ++ errorsOfSettings instances;

  warnings =
    defaults: instances: lib.concatLists (lib.mapAttrsToList (warningsOf defaults) instances);
}
