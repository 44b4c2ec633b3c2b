# That whoever reaches a server over the network needs a password, and how the server gets one.
{ lib, ask, ... }:
let
  inherit (ask) isSilent one refuses;

  beyond = x: one ({ listen.address = "192.0.2.1"; } // x);
  generated = one { auth.generate = true; };
  unit = "opencode-x-password";
in
{
  tests = {
    "an address beyond the loopback without a password is refused" =
      refuses (one { listen.address = "0.0.0.0"; })
        [
          "instances.x.listen.address is 0.0.0.0"
          "port 17986 could run commands as opencode-x"
          "`auth.generate = true`"
          "`auth.required = false`"
        ];
    "an address of the machine's is beyond the loopback" = refuses (beyond { }) [
      "no password is declared"
    ];
    "a name that only begins like the loopback is beyond it" = refuses (one {
      listen.address = "127.example.org";
    }) [ "no password is declared" ];
    "another credential is no password" = refuses (beyond { credentials.key = "/run/secrets/key"; }) [
      "no password is declared"
    ];
    "a network without passwords has to be asked for" = isSilent (beyond { auth.required = false; });
    "a file may hold the password" = isSilent (beyond { auth.passwordFile = "/run/secrets/password"; });
    "it may be generated" = isSilent (beyond { auth.generate = true; });
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
    "an environment file may hold the password" = isSilent (beyond {
      environmentFile = "/run/secrets/x.env";
    });
    "so may one of environmentFiles" = isSilent (beyond {
      environmentFiles = [ "/run/secrets/x.env" ];
    });
    "so may the credential of that name" = isSilent (beyond {
      credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/password";
    });
    "two files with the password are refused" =
      refuses
        (one {
          auth.passwordFile = "/run/secrets/password";
          credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/other";
        })
        [
          "instances.x.auth.passwordFile and services.opencode.instances.x.credentials.OPENCODE_SERVER_PASSWORD both"
        ];
    "so are a file and a variable with it" =
      refuses
        (one {
          auth.passwordFile = "/run/secrets/password";
          environment.OPENCODE_SERVER_PASSWORD = "{env:PASSWORD}";
        })
        [
          "instances.x.auth.passwordFile and services.opencode.instances.x.environment.OPENCODE_SERVER_PASSWORD both"
        ];
    "so is a generated one beside the file of another" = refuses (one {
      auth.generate = true;
      auth.passwordFile = "/run/secrets/password";
    }) [ "instances.x.auth.generate generates a password, but `auth.passwordFile` sets another" ];

    "a generated one is made by root, before the server, without any power of root's" = {
      expr =
        map (ask.value generated unit) [
          "Before"
          "StateDirectory"
          "StateDirectoryMode"
          "CapabilityBoundingSet"
          "ProtectSystem"
          "PrivateNetwork"
        ]
        ++ [ (ask.directive generated unit "User") ];
      expected = [
        "opencode-x.service"
        "opencode-passwords"
        "0700"
        ""
        "strict"
        "true"
        [ ]
      ];
    };
    "the server waits for it, and is the only one to get it" = {
      expr = [
        (ask.value generated "opencode-x" "LoadCredential")
        (ask.directive generated "opencode-x-setup" "LoadCredential")
        (map (directive: lib.hasInfix "${unit}.service" (ask.value generated "opencode-x" directive)) [
          "Requires"
          "After"
        ])
        (ask.manifest generated "x").server.passwordFile
        (lib.hasInfix "-with-password" (ask.value generated "opencode-x" "ExecStart"))
      ];
      expected = [
        "OPENCODE_SERVER_PASSWORD:/var/lib/opencode-passwords/x"
        [ ]
        [
          true
          true
        ]
        "/run/credentials/opencode-x.service/OPENCODE_SERVER_PASSWORD"
        true
      ];
    };
    "without it there is no such unit" = {
      expr = lib.elem unit (ask.unitNames (one { }));
      expected = false;
    };
    "two instances cannot share the name of its unit" =
      refuses
        (ask.instances {
          x.auth.generate = true;
          x-password = { };
        })
        [ "\"x\" and \"x-password\" both need the unit opencode-x-password" ];
  };
}
