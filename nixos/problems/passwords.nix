# A server runs commands for whoever reaches it.
{ lib }:
let
  inherit (import ./words.nix { inherit lib; }) option;

  isLoopback = import ./loopback.nix { inherit lib; };

  passwordVariable = "OPENCODE_SERVER_PASSWORD";

  # An environment file's content is not known here: that there is one is taken for a password.
  hasPassword =
    cfg:
    cfg.environmentFile != null
    || cfg.environmentFiles != [ ]
    || cfg.credentials ? ${passwordVariable}
    || cfg.auth.passwordFile != null
    || cfg.auth.generate
    || cfg.environment.${passwordVariable} or null != null;

  errorsOf =
    name: cfg:
    lib.optional (cfg.auth.required && !isLoopback cfg.listen.address && !hasPassword cfg)
      "${option name "listen.address"} is ${cfg.listen.address}, and no password is in sight: whoever reaches port ${toString cfg.listen.port} could run commands as ${cfg.user}. Set `auth.passwordFile`, or `auth.generate = true`, or ${passwordVariable} in one of the `environmentFiles`; or `auth.required = false` if everybody there may."
    ++ lib.optional (cfg.auth.passwordFile != null && cfg.credentials ? ${passwordVariable})
      "${option name "auth.passwordFile"} and ${option name "credentials"}.${passwordVariable} both name the password's file. Remove one of them."
    ++
      lib.optional
        (cfg.auth.generate && (cfg.auth.passwordFile != null || cfg.credentials ? ${passwordVariable}))
        "${option name "auth.generate"} makes a password, and the file of another is named. Remove one of them.";
in
instances: lib.concatLists (lib.mapAttrsToList errorsOf instances)
