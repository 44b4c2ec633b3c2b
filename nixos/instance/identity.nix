# Who the units run as, and which variables and secrets they get.
{
  lib,
  path,
}:
let
  inherit (lib) mkOption types;
in
{
  group = mkOption {
    type = types.str;
    defaultText = "the primary group of the instance's user";
    description = ''
      The group that both units run as. It is created if nothing else declares it. By default, a user that the module
      creates has a group of its own. The group can write to files that agents create in `directory`, unless you name no
      group and the user is declared elsewhere.
    '';
  };

  extraGroups = mkOption {
    type = types.listOf types.str;
    default = [ ];
    example = [ "media" ];
    description = "More groups for the instance's user. They must exist.";
  };

  environment = mkOption {
    type = types.attrsOf (
      types.nullOr (
        types.oneOf [
          types.str
          types.int
          types.path
          types.package
        ]
      )
    );
    default = { };
    example = {
      HTTPS_PROXY = "http://proxy.example:3128";
    };
    description = ''
      Environment variables of the server and of the hooks, taken literally. Everyone can read them in the Nix store:
      secrets belong in `environmentFiles`, which override these. `null` removes a variable that `defaults` or this
      module sets.
    '';
  };

  environmentFiles = mkOption {
    type = types.listOf path.optionalSecret;
    default = [ ];
    example = [ "/run/secrets/opencode-web.env" ];
    description = ''
      Files of `NAME=value` lines that systemd reads as root when a unit starts, for the server and the hooks. Later
      files win. If a file is missing, the unit does not start, unless its path begins with `-`.
    '';
  };

  environmentFile = mkOption {
    type = types.nullOr path.optionalSecret;
    default = null;
    example = "/run/secrets/opencode-web.env";
    description = "One more file like those in `environmentFiles`. It is read before them.";
  };

  credentials = mkOption {
    type = types.attrsOf path.secret;
    default = { };
    example = {
      anthropic = "/run/secrets/anthropic";
    };
    description = ''
      Secret files by name (`LoadCredential=`). The server and the hooks find them in `$CREDENTIALS_DIRECTORY`;
      opencode.json refers to them as `{file:/run/credentials/opencode-<name>.service/<credential>}`. The one named
      `OPENCODE_SERVER_PASSWORD` becomes the password of the server.
    '';
  };
}
