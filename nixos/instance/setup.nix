# What is made of the state directory before the server starts.
{
  lib,
  pkgs,
  configType,
  path,
}:
let
  inherit (lib) mkOption types;
in
{
  setupPackage =
    let
      # Without the overlay, this repository's own.
      packages.opencode-setup = pkgs.opencode-setup or (pkgs.callPackage ../package.nix { });
    in
    lib.mkPackageOption packages "opencode-setup" {
      extraDescription = "It sets up the state directory, and validates its manifest when the system is built.";
    };

  config = mkOption {
    type = configType;
    default = { };
    example = {
      model = "anthropic/claude-sonnet-4-5";
    };
    description = "The content of this instance's opencode.json: the options listed under `opencode`.";
  };

  configFile = mkOption {
    type = types.nullOr path.any;
    default = null;
    example = "/etc/opencode-web.json";
    description = ''
      An opencode.json of your own instead of the one made from `config`. The instance's user must be able to read it. A
      string is the path of a file on the machine; restart the server after a change of this file. A Nix path is copied
      to the store.
    '';
  };

  preInitScript = mkOption {
    type = types.nullOr types.lines;
    default = null;
    description = ''
      Shell commands that run as the instance's user, in its state directory, before anything is created there. If one of
      them fails, nothing is created, and the server does not start. The commands can write only to the state
      directory, and have no network unless `hookSandbox` grants it.
    '';
  };

  postInitScript = mkOption {
    type = types.nullOr types.lines;
    default = null;
    example = ''
      install -m 600 "$CREDENTIALS_DIRECTORY/auth" .local/share/opencode/auth.json
    '';
    description = "Like `preInitScript`, but run after the state directory is ready. If a command fails, the server does not start.";
  };

  hookSandbox = {
    network = mkOption {
      type = types.bool;
      default = false;
      description = "Whether hooks may use the network of the host, to clone a repository, for example.";
    };

    compileAtRunTime = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether hooks may execute memory that they have written. node, Java and other programs that compile at run time
        fail without it.
      '';
    };
  };

  hooks = mkOption {
    type = types.enum [
      "always"
      "first-run"
    ];
    default = "always";
    description = "When the two scripts run: whenever the setup unit starts, or only until they have succeeded once.";
  };

  onConflict = mkOption {
    type = types.enum [
      "backup"
      "fail"
    ];
    default = "backup";
    description = ''
      What to do with something that is in the place of a link: keep it as `<name>.backup-<n>` (`backup`), or change
      nothing and fail (`fail`).
    '';
  };
}
