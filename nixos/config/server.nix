# The server itself.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types)
    bool
    enum
    ints
    listOf
    str
    ;
in
{
  shell = declare.optional str {
    example = lib.literalExpression ''"''${pkgs.bash}/bin/bash"'';
    description = "The shell that terminals and the `bash` tool run. When unset, `$SHELL`, or else one found on PATH.";
  };

  logLevel =
    declare.optional
      (enum [
        "DEBUG"
        "INFO"
        "WARN"
        "ERROR"
      ])
      {
        description = "The least severe messages to log. When unset, `INFO`. The flag `--log-level` wins.";
      };

  autoupdate =
    declare.optional
      (types.union [
        bool
        (enum [ "notify" ])
      ])
      {
        description = ''
          Whether opencode replaces itself by a newer version, or only says that there is one (`"notify"`). A package from
          the Nix store cannot be replaced, so leave it off.
        '';
      };

  server =
    declare.section
      {
        port = declare.optional ints.positive {
          example = 4096;
          description = "The TCP port to listen on. The flag `--port` wins. When unset, 4096 or, if that is taken, any.";
        };
        hostname = declare.optional str {
          example = "127.0.0.1";
          description = "The address to listen on. The flag `--hostname` wins. When unset, 127.0.0.1.";
        };
        mdns = declare.optional bool {
          description = ''
            Whether to announce the server in the local network. It then listens on all addresses unless `hostname` is
            set. When unset, no.
          '';
        };
        mdnsDomain = declare.optional str {
          example = "opencode-web.local";
          description = "The name to announce. When unset, `opencode.local`.";
        };
        cors = declare.optional (listOf str) {
          example = [ "https://opencode.example.org" ];
          description = "Origins of web pages that may talk to the server, beside its own.";
        };
      }
      {
        description = ''
          Where the server listens. A NixOS instance passes its `listen` options as flags, and those win over `port` and
          `hostname`.
        '';
      };
}
