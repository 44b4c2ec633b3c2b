# Names of units, users and groups that systemd, useradd or the executor would not take.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;

  opencode = import ../opencode { inherit lib; };
  sourceOf = import ../password-source.nix { inherit lib; };
  isGenerated = name: cfg: (sourceOf (opencode.of cfg) name cfg).isGenerated;

  # What systemd takes for a unit's name and the executor for an instance's, with no "@", which
  # would make it a template.
  isUnitName =
    name: builtins.match "[A-Za-z0-9][A-Za-z0-9_.-]{0,199}" name != null && !lib.hasSuffix ".json" name;

  # What useradd, systemd and NixOS all take.
  isAccountName = account: builtins.match "[a-z_][a-z0-9_-]{0,30}" account != null;

  accountRule = "it must match [a-z_][a-z0-9_-]* and have at most 31 characters";

  errorsOfNames =
    instances:
    lib.concatMap (
      name:
      if !isUnitName name then
        [
          "services.opencode.instances: \"${name}\" is not a valid name for an instance: systemd and opencode-setup would refuse it. Use at most 200 letters, digits, \"-\", \"_\" and \".\", start with a letter or digit, and do not end in \".json\"."
        ]
      else
        lib.optional (instances ? "${name}-setup")
          "services.opencode.instances: \"${name}\" and \"${name}-setup\" both need the unit opencode-${name}-setup. Rename one of them."
        ++
          lib.optional (instances ? "${name}-password" && isGenerated name instances.${name})
            "services.opencode.instances: \"${name}\" and \"${name}-password\" both need the unit opencode-${name}-password. Rename one of them, or set `auth.passwordFile`."
        ++
          lib.optional (instances ? "${name}-clients" && instances.${name}.auth.group != null)
            "services.opencode.instances: \"${name}\" and \"${name}-clients\" both need the unit opencode-${name}-clients. Rename one of them, or leave `auth.group` out."
    ) (lib.attrNames instances);

  errorsOfAccounts =
    instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg:
        # A name that cannot be has been complained about already.
        lib.optional (!isAccountName cfg.user && isUnitName name)
          "${option name "user"}: \"${cfg.user}\" is not a valid name for a user: ${accountRule}. Set this option, or choose another name for the instance."
        ++
          lib.optional (cfg.user == "root")
            "${option name "user"} is root: the server runs whatever command an agent asks for. Leave the option out, or name an unprivileged user."
        ++
          lib.optional (cfg.group == "root" && cfg.user != "root")
            "${option name "group"} is root: the server could read, and often write, what belongs to the system. Leave the option out, or name an unprivileged group."
        ++ lib.optional (
          cfg.group != cfg.user && !isAccountName cfg.group
        ) "${option name "group"}: \"${cfg.group}\" is not a valid name for a group: ${accountRule}. Set another."
      ) instances
    );
in
{
  inherit isUnitName;

  # Whether units and users with these names can be declared at all. A group that nobody wrote is the user's, which may
  # depend on the answer.
  isSound =
    name: cfg:
    isUnitName name
    && isAccountName cfg.user
    && (cfg.written.group == null || isAccountName cfg.written.group);

  errors = instances: errorsOfNames instances ++ errorsOfAccounts instances;
}
