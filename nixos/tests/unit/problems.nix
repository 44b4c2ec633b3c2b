# What is refused, what is warned about, and that the texts name the offenders and say what to do.
{ lib, ask, ... }:
let
  inherit (ask)
    accepts
    instances
    isSilent
    one
    refuses
    warns
    ;

  withPort = address: {
    listen = {
      inherit address;
      port = 9090;
    };
  };
  pair =
    a: b:
    instances {
      inherit a b;
    };
  longName = lib.concatStrings (lib.genList (_: "n") 23);
in
{
  tests = {
    # Addresses and ports.
    "two instances on one address and port are refused" =
      refuses (pair (withPort "127.0.0.1") (withPort "127.0.0.1"))
        [
          "a, b listen on the same address and port"
          "127.0.0.1:9090"
          "Set `listen.port`"
        ];
    "localhost is 127.0.0.1" = refuses (pair (withPort "127.0.0.1") (withPort "localhost")) [
      "a, b listen on the same address and port"
    ];
    "a wildcard takes the port on every address" =
      refuses (pair (withPort "0.0.0.0" // { environmentFile = "/run/a.env"; }) (withPort "127.0.0.1"))
        [
          "0.0.0.0:9090, 127.0.0.1:9090"
        ];
    "three on one port are named together" = refuses (instances (
      lib.genAttrs [
        "a"
        "b"
        "c"
      ] (_: withPort "127.0.0.1")
    )) [ "a, b, c listen" ];
    "one port on two addresses is fine" = accepts (pair (withPort "127.0.0.1") (withPort "127.0.0.2"));
    "a disabled instance takes no port" = accepts (
      pair (withPort "127.0.0.1") (withPort "127.0.0.1" // { enable = false; })
    );
    "two names that hash to one port are refused like any others" =
      refuses
        (instances {
          n19 = { };
          n286 = { };
        })
        [
          "n19, n286 listen on the same address and port"
          "Set `listen.port`"
        ];

    # State directories and directories.
    "two instances with one stateDir are refused" =
      refuses (pair { stateDir = "/data/s"; } { stateDir = "/data//s/"; })
        [
          "a, b have the same stateDir, /data/s"
          "leave the option out"
        ];
    "a stateDir that is the instance's directory is refused" =
      refuses
        (one {
          directory = "/srv/x";
          stateDir = "/srv/x";
        })
        [
          "instances.x.stateDir"
          "Move one of them"
        ];
    "a stateDir inside the instance's directory is refused" =
      refuses
        (one {
          directory = "/srv/x";
          stateDir = "/srv/x/.state/deep";
        })
        [
          "instances.x.stateDir"
          "/srv/x/.state/deep is in (or is) the instance's directory, /srv/x"
        ];
    "a directory inside the instance's stateDir is refused, since setup may write there" =
      refuses
        (one {
          directory = "/data/x/project";
          stateDir = "/data/x";
        })
        [
          "instances.x.directory"
          "/data/x/project is in the instance's stateDir, /data/x"
        ];
    "a stateDir in another instance's directory is refused" =
      refuses (pair { directory = "/srv/a"; } { stateDir = "/srv/a/state-of-b"; })
        [
          "instances.b.stateDir"
          "in the directory of a, /srv/a"
        ];
    "a stateDir that is another instance's directory is refused" =
      refuses (pair { directory = "/srv/a"; } { stateDir = "/srv/a"; })
        [
          "instances.b.stateDir"
          "in the directory of a, /srv/a"
        ];
    "a directory in another instance's stateDir is refused" =
      refuses (pair { stateDir = "/data/a"; } { directory = "/data/a/project"; })
        [
          "instances.b.directory"
          "in the stateDir of a, /data/a"
        ];
    "a stateDir in another's is refused" =
      refuses (pair { stateDir = "/data"; } { stateDir = "/data/b"; })
        [
          "instances.b.stateDir"
          "in the stateDir of a, /data"
        ];
    "two instances may work in one directory" = accepts (
      pair { directory = "/srv/shared"; } { directory = "/srv/shared"; }
    );
    "a directory that only begins like another is not in it" = accepts (
      pair { directory = "/srv/a"; } { stateDir = "/srv/ab"; }
    );
    "a stateDir of the system's is refused" = refuses (one { stateDir = "/srv"; }) [
      "instances.x.stateDir: /srv belongs to the system"
      "Name a directory of its own"
    ];

    # Users and names.
    "two instances with one user are refused" = refuses (pair { user = "agent"; } { user = "agent"; }) [
      "a, b run as the same user, agent"
      "leave it out"
    ];
    "root is refused" = refuses (one { user = "root"; }) [
      "instances.x.user is root"
      "a user without rights"
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
      "\"my project\" cannot be the name of an instance"
      "letters, digits"
    ];
    "a name that would be a template is refused" = refuses (instances { "web@1" = { }; }) [
      "\"web@1\" cannot be the name of an instance"
    ];
    "a name that the executor would take for a file is refused" = refuses (instances {
      "web.json" = { };
    }) [ "\"web.json\" cannot be the name of an instance" ];
    "a name that begins with a dash is refused" = refuses (instances { "-web" = { }; }) [
      "\"-web\" cannot be the name of an instance"
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
    "a credential with a name that systemd would take apart is refused" = refuses (one {
      credentials."a:b" = "/run/secrets/a";
    }) [ "instances.x.credentials: \"a:b\"" ];
    "several mistakes are all told at once" = {
      expr = lib.length (
        ask.errors (
          pair
            {
              user = "agent";
              stateDir = "/data";
            }
            {
              user = "agent";
              stateDir = "/data";
            }
        )
      );
      expected = 2;
    };

    # Warnings.
    "an address beyond the loopback without a password is warned about" =
      warns (one { listen.address = "0.0.0.0"; })
        [
          "instances.x.listen.address is 0.0.0.0"
          "port 17986 can run commands as opencode-x"
          "OPENCODE_SERVER_PASSWORD in one of the `environmentFiles` or as one of the `credentials`"
        ];
    "an address of the machine's is beyond the loopback" = warns (one {
      listen.address = "192.0.2.1";
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
    "a password in environment is in the store, and warned about" =
      warns (one { environment.OPENCODE_SERVER_PASSWORD = "hunter2"; })
        [
          "instances.x.environment.OPENCODE_SERVER_PASSWORD is in the Nix store"
          "Move it to"
        ];
    "the text of that warning does not repeat the password" = {
      expr = lib.any (lib.hasInfix "hunter2") (
        ask.warnings (one {
          environment.OPENCODE_SERVER_PASSWORD = "hunter2";
        })
      );
      expected = false;
    };
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
