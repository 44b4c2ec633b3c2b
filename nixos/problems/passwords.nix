# A server runs commands for whoever reaches it.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;

  isLoopback = import ./loopback.nix { inherit lib; };
  sourceOf = import ../password-source.nix { inherit lib; };
  opencode = import ../opencode { inherit lib; };

  errorsOf =
    name: cfg:
    let
      major = opencode.of cfg;
      source = sourceOf major name cfg;
      # Where else one is set.
      elsewhere = lib.filter (other: cfg.${other}.${source.variable} or null != null) [
        "credentials"
        "environment"
      ];
      hasPasswordFile = cfg.auth.passwordFile != null;
      otherSource = if hasPasswordFile then "auth.passwordFile" else "${lib.head elsewhere}.${source.variable}";
      # Where others than programs of this machine reach it.
      open =
        lib.optional (!isLoopback cfg.listen.address) {
          at = "${option name "listen.address"} is ${cfg.listen.address}";
          reaches = "port ${toString cfg.listen.port}";
        }
        ++ lib.optional (cfg.nginx.domain != null) {
          at = "${option name "nginx.domain"} is ${cfg.nginx.domain}";
          reaches = "it";
        };
    in
    map (
      { at, reaches }:
      "${at}, and no password is declared: whoever reaches ${reaches} could run commands as ${cfg.user}. Set `auth.generate = true`, or `auth.passwordFile`, or ${source.variable} in one of the `environmentFiles`; or set `auth.required = false` if all of them may do that."
    ) (lib.optionals (cfg.auth.required && !source.isInSight) open)
    # The file would win.
    ++ map (
      other:
      "${option name "auth.passwordFile"} and ${option name other}.${source.variable} both set the password. Remove one of them."
    ) (lib.optionals hasPasswordFile elsewhere)
    ++ lib.optional (
      source.isGenerated && (hasPasswordFile || elsewhere != [ ])
    ) "${option name "auth.generate"} generates a password, but `${otherSource}` sets another. Remove one of them."
    # In a file, since opencodectl has to know it as well.
    ++
      lib.optional (major.alwaysHasPassword && !source.hasFile)
        "${option name "auth.generate"} is false, and there is no file with a password: opencode ${toString major.api} would generate a password at each start, and print it to the journal. Set `auth.passwordFile`, or remove `auth.generate = false`.";
in
instances: lib.concatLists (lib.mapAttrsToList errorsOf instances)
