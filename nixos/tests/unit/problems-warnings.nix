# What works, is probably not meant, and is warned about.
{ lib, ask, ... }:
let
  inherit (ask)
    isSilent
    one
    warns
    ;
in
{
  tests = {
    # Warnings.
    "an address beyond the loopback without a password is warned about" =
      warns (one { listen.address = "0.0.0.0"; })
        [
          "instances.x.listen.address is 0.0.0.0"
          "port 17986 can run commands as opencode-x"
          "Set `auth.passwordFile`, or OPENCODE_SERVER_PASSWORD in one of the `environmentFiles`"
        ];
    "an address of the machine's is beyond the loopback" = warns (one {
      listen.address = "192.0.2.1";
    }) [ "no password is in sight" ];
    "a name that only begins like the loopback is beyond it" = warns (one {
      listen.address = "127.example.org";
    }) [ "no password is in sight" ];
    "the loopback needs no password" = {
      expr =
        map
          (
            address:
            ask.warnings (one {
              listen = { inherit address; };
            })
          )
          [
            "127.0.0.1"
            "127.1.2.3"
            "::1"
            "localhost"
          ];
      expected = [
        [ ]
        [ ]
        [ ]
        [ ]
      ];
    };
    "an environment file may hold the password" = isSilent (one {
      listen.address = "0.0.0.0";
      environmentFile = "/run/secrets/x.env";
    });
    "so may one of environmentFiles" = isSilent (one {
      listen.address = "0.0.0.0";
      environmentFiles = [ "/run/secrets/x.env" ];
    });
    "so may the credential of that name" = isSilent (one {
      listen.address = "0.0.0.0";
      credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/password";
    });
    "another credential is no password" = warns (one {
      listen.address = "0.0.0.0";
      credentials.key = "/run/secrets/key";
    }) [ "no password is in sight" ];
    "an open firewall before a loopback address is warned about" =
      warns (one { openFirewall = true; })
        [
          "instances.x.openFirewall opens port 17986"
          "Set `listen.address`"
        ];
    "config beside configFile is warned about" =
      warns
        (one {
          configFile = "/etc/own.json";
          config.model = "a";
        })
        [
          "instances.x.config has no effect"
          "Remove one of them"
        ];
    "config of defaults beside an instance's configFile is not" = isSilent (
      ask.of {
        defaults.config.model = "a";
        instances.x.configFile = "/etc/own.json";
      }
    );
    "what the server would not take of config is warned about, with the instance's name" =
      warns (one { config.lsp.enabled = true; })
        [
          "services.opencode.instances.x.config: "
          "lsp = true"
        ];
    "and not where a configFile takes its place" = {
      expr = lib.filter (lib.hasInfix "lsp") (
        ask.warnings (one {
          config.lsp.enabled = true;
          configFile = "/etc/own.json";
        })
      );
      expected = [ ];
    };
    "a disabled instance is not warned about" = isSilent (one {
      enable = false;
      listen.address = "0.0.0.0";
    });
  };
}
