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
