# Instances that run on demand: who starts the server, who stops it, and what is refused.
{ lib, ask, ... }:
let
  onDemand = x: { onDemand.enable = true; } // x;
  open = ask.one (onDemand { });
  isolated = ask.one (onDemand { network.isolate = true; });
  plain = ask.one { };

  socketOf = config: config.systemd.sockets.opencode-x-in;
  address = "127.173.113.23";
  both = question: map question [
    open
    isolated
  ];
  twice = value: [
    value
    value
  ];
in
{
  tests = {
    "without it, nothing watches and the server starts with the machine" = {
      expr = [
        (lib.elem "opencode-x-idle" (ask.unitNames plain))
        plain.systemd.services.opencode-x.wantedBy
        (ask.directive plain "opencode-x" "StopWhenUnneeded")
      ];
      expected = [
        false
        [ "multi-user.target" ]
        [ ]
      ];
    };
    "all instances may have it by default, and one may not" = {
      expr =
        let
          config = ask.of {
            defaults.onDemand.enable = true;
            instances = {
              x = { };
              y.onDemand.enable = false;
            };
          };
        in
        map (name: lib.elem "opencode-${name}-idle" (ask.unitNames config)) [
          "x"
          "y"
        ];
      expected = [
        true
        false
      ];
    };
    "a door to an address that everybody could take passes on to nobody but the server" = {
      expr = [
        (lib.any (lib.hasInfix "-opencode-door\" \"") (ask.directive open "opencode-x-in" "ExecStart"))
        (lib.any (lib.hasInfix "opencodectl\" \"opencode-x\" \"${address}:4096\"") (
          ask.directive open "opencode-x-in" "ExecStart"
        ))
        (lib.any (lib.hasInfix "opencode-door") (ask.directive isolated "opencode-x-in" "ExecStart"))
      ];
      expected = [
        true
        true
        false
      ];
    };
    "clients are told the address of the door, and opencodectl that of the server" = {
      expr = map (config: lib.getAttrs [ "url" "clientUrl" ] (ask.manifest config "x").server) [
        (ask.one (onDemand { listen.port = 5000; }))
        (ask.one (onDemand {
          listen.port = 5000;
          listen.address = "0.0.0.0";
        }))
        (ask.one {
          listen.port = 5000;
          listen.address = "192.0.2.1";
          network.isolate = true;
        })
      ];
      expected = [
        {
          url = "http://${address}:4096";
          clientUrl = "http://127.0.0.1:5000";
        }
        {
          url = "http://${address}:4096";
          clientUrl = "http://127.0.0.1:5000";
        }
        {
          url = "http://127.0.0.1:5000";
          clientUrl = "http://192.0.2.1:5000";
        }
      ];
    };
    "where clients ask the server itself, there is no other address" = {
      expr = (ask.manifest plain "x").server ? clientUrl;
      expected = false;
    };
    "the socket starts with the machine, and the server does not" = {
      expr = both (config: [
        (socketOf config).wantedBy
        config.systemd.services.opencode-x.wantedBy
        config.systemd.services.opencode-x-setup.wantedBy
      ]);
      expected = twice [
        [ "sockets.target" ]
        [ ]
        [ ]
      ];
    };
    "a stop of the server leaves the socket" = {
      expr = both (config: (socketOf config).partOf);
      expected = twice [ ];
    };
    "the door ends with the server, and no restart of the server starts it" = {
      expr = both (config: [
        (ask.directive config "opencode-x-in" "PartOf")
        (lib.hasSuffix "--job-mode=fail opencode-x-in.service" (ask.value config "opencode-x" "ExecStopPost"))
      ]);
      expected = twice [
        [ ]
        true
      ];
    };
    "where somebody ends the server, the door has ended before: it would lead to whoever listens next" = {
      expr = both (config: [
        (ask.directive config "opencode-x" "PropagatesStopTo")
        (lib.hasSuffix " stop --job-mode=fail opencode-x-in.service" (ask.value config "opencode-x" "ExecStop"))
      ]);
      expected = twice [
        [ "opencode-x-in.service" ]
        true
      ];
    };
    "the door wants the server, and a server that fails does not end the socket" = {
      expr = both (config: [
        (ask.directive config "opencode-x-in" "Wants")
        (ask.directive config "opencode-x-in" "Requires")
        (ask.directive config "opencode-x-in" "StartLimitIntervalSec")
        (ask.directive config "opencode-x-in" "After")
      ]);
      expected = twice [
        [ "opencode-x.service" ]
        [ ]
        [ "0" ]
        [ "opencode-x.service" ]
      ];
    };
    "server, setup and proxy are stopped when nothing needs them" = {
      expr = map (unit: ask.directive isolated unit "StopWhenUnneeded") [
        "opencode-x"
        "opencode-x-setup"
        "opencode-x-proxy"
      ];
      expected = [
        [ "true" ]
        [ "true" ]
        [ "true" ]
      ];
    };
    "the watch needs a server that runs, and starts none" = {
      expr = both (config: [
        (ask.directive config "opencode-x-idle" "Requisite")
        (ask.directive config "opencode-x-idle" "Wants")
        (lib.elem "opencode-x-idle.service" config.systemd.services.opencode-x.wants)
      ]);
      expected = twice [
        [ "opencode-x.service" ]
        [ ]
        true
      ];
    };
    "the door and the watch know the same time" = {
      expr = map (
        span:
        let
          config = ask.one {
            onDemand = {
              enable = true;
              idleTimeout = span;
            };
          };
          has = unit: part: lib.hasInfix part (ask.value config unit "ExecStart");
        in
        has "opencode-x-in" "\"--exit-idle-time=7200\""
        && has "opencode-x-idle" "\"--idle-time\" \"7200\""
      ) [
        7200
        "7200s"
        "120 min"
        "2h"
      ];
      expected = [
        true
        true
        true
        true
      ];
    };
    "with the network of the host, the server listens at an address of its own" = {
      expr = [
        (socketOf open).listenStreams
        (lib.hasInfix "\"${address}:4096\"" (ask.value open "opencode-x-in" "ExecStart"))
        (lib.hasInfix "\"--hostname\" \"${address}\" \"--port\" \"4096\"" (ask.value open "opencode-x" "ExecStart"))
        (ask.manifest open "x").server.url
      ];
      expected = [
        [ "127.0.0.1:17986" ]
        true
        true
        "http://${address}:4096"
      ];
    };
    "there it has a password, made unless one is named" = {
      expr = map (x: lib.elem "opencode-x-password" (ask.unitNames (ask.one (onDemand x)))) [
        { }
        { auth.passwordFile = "/run/secrets/password"; }
        { environmentFile = "/run/secrets/env"; }
        { auth.required = false; }
        { network.isolate = true; }
      ];
      expected = [
        true
        false
        false
        false
        false
      ];
    };
    "the watch has the password and no other secret" = {
      expr = map (x: map (ask.directive (ask.one (onDemand x)) "opencode-x-idle") [
        "LoadCredential"
        "EnvironmentFile"
      ]) [
        { credentials.key = "/run/secrets/key"; }
        { credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/password"; }
        { environmentFile = "/run/secrets/env"; }
      ];
      expected = [
        [
          [ "OPENCODE_SERVER_PASSWORD:/var/lib/opencode-passwords/x" ]
          [ ]
        ]
        [
          [ "OPENCODE_SERVER_PASSWORD:/run/secrets/password" ]
          [ ]
        ]
        [
          [ ]
          [ "/run/secrets/env" ]
        ]
      ];
    };
    "a switch restarts what runs, with no moment in between" = {
      expr = map (unit: ask.directive open unit "X-StopIfChanged") [
        "opencode-x"
        "opencode-x-setup"
        "opencode-x-in"
        "opencode-x-idle"
      ];
      expected = [
        [ "false" ]
        [ "false" ]
        [ "false" ]
        [ "false" ]
      ];
    };
    "a server that is not as declared is not tried again by the next client" = {
      expr = lib.hasSuffix "opencode-x-in.socket opencode-x.service" (
        ask.value open "opencode-x" "ExecStartPost"
      );
      expected = true;
    };
    "all of them may have the same port inside" = ask.accepts (
      ask.instances {
        x = onDemand { };
        y = onDemand { };
      }
    );
    "two hundred of them are accepted" = ask.accepts (
      ask.instances (
        lib.listToAttrs (
          map (number: {
            name = "x${toString number}";
            value = onDemand { listen.port = 20000 + number; };
          }) (lib.range 1 200)
        )
      )
    );
    "a server that listens everywhere takes it" =
      ask.refuses
        (ask.instances {
          x = onDemand { };
          y = {
            listen = {
              address = "0.0.0.0";
              port = 4096;
            };
            auth.generate = true;
          };
        })
        [
          "x, y listen on the same address and port"
          "`onDemand.port`"
        ];
    "without a password, an address on the loopback is refused" =
      ask.refuses (ask.one (onDemand { auth.generate = false; }))
        [
          "services.opencode.instances.x.onDemand"
          "127.173.113.23"
          "auth.generate"
        ];
    "unless nobody needs one" = ask.accepts (
      ask.one (onDemand {
        auth.generate = false;
        auth.required = false;
      })
    );
    "or nobody else reaches it" = ask.accepts (
      ask.one (onDemand {
        auth.generate = false;
        network.isolate = true;
      })
    );
    "without checkOnStart nobody knows when it is ready" =
      ask.refuses (ask.one (onDemand { checkOnStart = false; }))
        [
          "services.opencode.instances.x.onDemand"
          "checkOnStart"
        ];
    "a name to listen on is refused" =
      ask.refuses (ask.one (onDemand { listen.address = "agents.example"; checkOnStart = true; }))
        [ "services.opencode.instances.x.listen.address" ];
    "an instance with the name of one of the units is refused" =
      ask.refuses
        (ask.instances {
          x = onDemand { };
          x-idle = { };
        })
        [
          "\"x-idle\""
          "Rename"
        ];
    "a prompt that has not begun is not cut off: a warning tells of an idle time that is too short" =
      ask.warns (ask.one { onDemand = { enable = true; idleTimeout = 59; }; })
        [
          "services.opencode.instances.x.onDemand.idleTimeout"
          "60"
        ];
    "a minute is enough, and without onDemand any time" = {
      expr = lib.concatMap (x: ask.warnings (ask.one { onDemand = x; })) [
        { enable = true; idleTimeout = "1min"; }
        { idleTimeout = 1; }
      ];
      expected = [ ];
    };
    "systemd may listen below 1024" = ask.accepts (ask.one (onDemand { listen.port = 80; }));
  };

  errors = {
    "a span of time without a unit that is known" = {
      expr = ask.value (ask.one { onDemand = { enable = true; idleTimeout = "30 minutes"; }; }) "opencode-x-in" "ExecStart";
      message = "onDemand.idleTimeout";
    };
  };
}
