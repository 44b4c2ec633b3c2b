# Names, users and settings that are refused; the texts name the offenders and say what to do.
{ lib, ask, ... }:
let
  inherit (ask)
    accepts
    instances
    one
    refuses
    ;

  pair =
    a: b:
    instances {
      inherit a b;
    };
  longName = lib.concatStrings (lib.genList (_: "n") 23);
in
{
  tests = {
    # Users and names.
    "the name of an instance is quoted where Nix needs it" =
      refuses (instances { "my.proj" = { }; })
        [
          "services.opencode.instances.\"my.proj\".user: \"opencode-my.proj\""
        ];
    "root is refused" = refuses (one { user = "root"; }) [
      "instances.x.user is root"
      "an unprivileged user"
    ];
    "the group root is refused" = refuses (one { group = "root"; }) [
      "instances.x.group is root"
      "an unprivileged group"
    ];
    "a user name that useradd refuses is refused, and NixOS does not get it" =
      refuses (one { user = "Agent Smith"; })
        [
          "instances.x.user: \"Agent Smith\""
          "at most 31 characters"
        ];
    "a group name that groupadd refuses is refused, and NixOS does not get it" =
      refuses (one { group = "Agent Smith"; })
        [
          "instances.x.group: \"Agent Smith\""
          "at most 31 characters"
        ];
    "a name so long that its user's would have more than 31 characters is refused" =
      refuses (instances { ${longName} = { }; })
        [
          "instances.${longName}.user: \"opencode-${longName}\""
          "Set this option, or choose another name"
        ];
    "the same name with a shorter user is fine" = accepts (instances {
      ${longName}.user = "agent";
    });
    "the longest name that fits is fine" = accepts (instances {
      ${lib.substring 1 (-1) longName} = { };
    });
    "a name with upper case needs a user of its own" = refuses (instances { Web = { }; }) [
      "instances.Web.user: \"opencode-Web\""
    ];
    "a name that systemd refuses is refused" = refuses (instances { "my project" = { }; }) [
      "\"my project\" is not a valid name for an instance"
      "letters, digits"
    ];
    "a name that would be a template is refused" = refuses (instances { "web@1" = { }; }) [
      "\"web@1\" is not a valid name for an instance"
    ];
    "a name that the executor would take for a file is refused" = refuses (instances {
      "web.json" = { };
    }) [ "\"web.json\" is not a valid name for an instance" ];
    "a name that cannot be in a path is refused by itself, not by what follows from it" =
      refuses (instances { "a\nb\"c".user = "agent"; })
        [
          "is not a valid name for an instance"
        ];
    "a name that begins with a dash is refused" = refuses (instances { "-web" = { }; }) [
      "\"-web\" is not a valid name for an instance"
    ];
    "a and a-setup need one unit and are refused" =
      refuses
        (instances {
          a = { };
          a-setup = { };
        })
        [
          "\"a\" and \"a-setup\" both need the unit opencode-a-setup"
          "Rename one of them"
        ];
    "a-setup without a is fine" = accepts (instances {
      a-setup = { };
    });

    # Settings.
    "HOME is not a variable to set" = refuses (one { environment.HOME = "/home/alice"; }) [
      "instances.x.environment.HOME"
      "Set `stateDir`"
    ];
    "PATH is not a variable to set, and NixOS does not get it twice" =
      let
        config = one { environment.PATH = "/home/alice/bin"; };
      in
      refuses (builtins.seq (ask.unitText config "opencode-x") config) [
        "instances.x.environment.PATH"
        "`path`"
      ];
    "a variable that systemd would leave out is refused" = refuses (one {
      environment."MY VARIABLE" = "1";
    }) [ "instances.x.environment: \"MY VARIABLE\"" ];
    "a credential with a name that systemd would take apart is refused" = refuses (one {
      credentials."a:b" = "/run/secrets/a";
    }) [ "instances.x.credentials: \"a:b\"" ];
    "several mistakes are all told at once" = {
      expr = lib.length (
        ask.errors (
          pair
            {
              user = "root";
              stateDir = "/data";
            }
            { stateDir = "/data"; }
        )
      );
      expected = 2;
    };
  };
}
