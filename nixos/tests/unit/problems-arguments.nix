# Arguments of extraArgs that keep the server from serving.
{ ask, ... }:
let
  inherit (ask) accepts one refuses;
in
{
  tests = {
    "a flag that is given already is refused among extraArgs, in either form" =
      refuses
        (one {
          extraArgs = [
            "--cors"
            "https://web.example"
            "--port=8080"
          ];
        })
        [
          "instances.x.extraArgs: the module already passes --port"
          "Set `listen.port` instead"
        ];
    "--log-level is given if logLevel is set" = refuses (one {
      logLevel = "INFO";
      extraArgs = [
        "--log-level"
        "DEBUG"
      ];
    }) [ "Set `logLevel` instead" ];
    "--log-level is not given otherwise" = accepts (one {
      extraArgs = [
        "--log-level"
        "DEBUG"
      ];
    });
    "a flag that is given already is refused in its other spelling, too" =
      refuses
        (one {
          logLevel = "INFO";
          extraArgs = [ "--logLevel=DEBUG" ];
        })
        [
          "instances.x.extraArgs: the module already passes --log-level"
        ];
    "a flag of another command is refused, and its value is not told of" =
      refuses
        (one {
          extraArgs = [
            "--model"
            "anthropic/claude-sonnet-4-5"
          ];
        })
        [
          "instances.x.extraArgs: `opencode serve` does not know --model,"
          "Set `config.model` instead"
        ];
    "--agent is refused, in the other form" = refuses (one { extraArgs = [ "--agent=plan" ]; }) [
      "does not know --agent,"
      "Set `config.default_agent` instead"
    ];
    "a flag that no command has is refused, with those there are" =
      refuses (one { extraArgs = [ "--verbose" ]; })
        [
          "does not know --verbose, so it would print its help and exit. It knows --cors, --hostname, "
          "Remove it"
        ];
    "a short flag is refused, since the server has none" =
      refuses
        (one {
          extraArgs = [
            "-p"
            "80"
          ];
        })
        [
          "does not know -p,"
        ];
    "--help is refused, since the server would exit" = refuses (one { extraArgs = [ "--help" ]; }) [
      "does not know --help,"
    ];
    "an argument that no flag takes is refused" = refuses (one {
      extraArgs = [
        "--mdns-domain"
        "x.local"
        "web"
      ];
    }) [ "does not know web," ];
    "an argument after a flag that takes true or false only is refused" = refuses (one {
      extraArgs = [
        "--pure"
        "web"
      ];
    }) [ "does not know web," ];
    "every flag of the server is fine, in every form" = accepts (one {
      extraArgs = [
        "--cors"
        "https://a.example"
        "https://b.example"
        "--cors=https://c.example"
        "https://d.example"
        "--mdns"
        "false"
        "--no-mdns"
        "--mdns-domain=x.local"
        "--mdnsDomain"
        "y.local"
        "--print-logs"
        "--pure"
        "--"
        "what nobody reads"
      ];
    });
  };
}
