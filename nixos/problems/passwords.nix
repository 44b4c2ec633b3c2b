# A server runs commands for whoever reaches it.
{ lib }:
let
  inherit (import ./words.nix { inherit lib; }) option;

  isLoopback = import ./loopback.nix { inherit lib; };
  sourceOf = import ../password-source.nix { inherit lib; };
  opencode = import ../opencode { inherit lib; };

  errorsOf =
    name: cfg:
    let
      source = sourceOf name cfg;
      credential = "${option name "credentials"}.${source.variable}";
    in
    lib.optional (cfg.auth.required && !isLoopback cfg.listen.address && !source.isInSight)
      "${option name "listen.address"} is ${cfg.listen.address}, and no password is in sight: whoever reaches port ${toString cfg.listen.port} could run commands as ${cfg.user}. Set `auth.passwordFile`, or `auth.generate = true`, or ${source.variable} in one of the `environmentFiles`; or `auth.required = false` if everybody there may."
    ++
      lib.optional (cfg.auth.passwordFile != null && cfg.credentials ? ${source.variable})
        "${option name "auth.passwordFile"} and ${credential} both name the password's file. Remove one of them."
    ++ lib.optional (
      source.isGenerated && source.isNamed
    ) "${option name "auth.generate"} makes a password, and the file of another is named. Remove one of them."
    # In a file, since opencodectl has to know it as well.
    ++
      lib.optional ((opencode.of cfg).alwaysHasPassword && !source.hasFile)
        "${option name "auth.generate"} is false, and no file with a password is named: opencode ${toString (opencode.of cfg).api} makes one up at each start, and prints it to the journal. Set `auth.passwordFile`, or leave `auth.generate` out.";
in
instances: lib.concatLists (lib.mapAttrsToList errorsOf instances)
