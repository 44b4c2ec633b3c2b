# Ports and directories that two instances cannot share; the texts name the offenders and say what to do.
{ lib, ask, ... }:
let
  inherit (ask)
    accepts
    instances
    one
    refuses
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
in
{
  tests = {
    # Addresses and ports.
    "two instances on one address and port are refused" =
      refuses (pair (withPort "127.0.0.1") (withPort "127.0.0.1"))
        [
          "a, b listen on the same address and port"
          ", 127.0.0.1:9090. "
          "Change `listen.port`"
        ];
    "localhost is 127.0.0.1" = refuses (pair (withPort "127.0.0.1") (withPort "localhost")) [
      "a, b listen on the same address and port"
    ];
    "a wildcard takes the port on every address" =
      refuses (pair (withPort "0.0.0.0" // { environmentFile = "/run/a.env"; }) (withPort "127.0.0.1"))
        [
          "0.0.0.0:9090, 127.0.0.1:9090"
        ];
    "an IPv6 address is one with and without brackets" =
      refuses (pair (withPort "::1") (withPort "[::1]"))
        [
          "a, b listen on the same address and port, [::1]:9090. "
        ];
    "three on one port are named together" = refuses (instances (
      lib.genAttrs [
        "a"
        "b"
        "c"
      ] (_: withPort "127.0.0.1")
    )) [ "a, b, c listen" ];
    "one port on two addresses is fine" = accepts (pair (withPort "127.0.0.1") (withPort "127.0.0.2"));
    "an instance with a network of its own takes the port at 127.0.0.1 as well" =
      refuses
        (pair (
          withPort "127.0.0.1"
        ) (withPort "127.0.0.2" // { network.isolate = true; }))
        [
          "a, b listen on the same address and port, 127.0.0.1:9090, 127.0.0.2:9090. "
          "An instance with `network.isolate` also listens at 127.0.0.1."
        ];
    "two of them cannot have one port, and are told why" =
      refuses
        (pair (
          withPort "127.0.0.2" // { network.isolate = true; }
        ) (withPort "127.0.0.3" // { network.isolate = true; }))
        [ "also listens at 127.0.0.1." ];
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
          "Change `listen.port`"
        ];

    # State directories and directories.
    "two instances with one stateDir are refused" =
      refuses (pair { stateDir = "/data/s"; } { stateDir = "/data//s/"; })
        [
          "a, b have the same `stateDir`, /data/s"
          "Leave the option out"
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
          "/srv/x/.state/deep is the instance's `directory` or below it, /srv/x"
        ];
    "a directory inside the instance's stateDir is refused, since setup may write there" =
      refuses
        (one {
          directory = "/data/x/project";
          stateDir = "/data/x";
        })
        [
          "instances.x.directory"
          "/data/x/project is below the instance's `stateDir`, /data/x"
        ];
    "a stateDir in another instance's directory is refused" =
      refuses (pair { directory = "/srv/a"; } { stateDir = "/srv/a/state-of-b"; })
        [
          "instances.b.stateDir"
          "in the `directory` of a, /srv/a"
        ];
    "a stateDir that is another instance's directory is refused" =
      refuses (pair { directory = "/srv/a"; } { stateDir = "/srv/a"; })
        [
          "instances.b.stateDir"
          "in the `directory` of a, /srv/a"
        ];
    "a directory in another instance's stateDir is refused" =
      refuses (pair { stateDir = "/data/a"; } { directory = "/data/a/project"; })
        [
          "instances.b.directory"
          "in the `stateDir` of a, /data/a"
        ];
    "a stateDir in another's is refused" =
      refuses (pair { stateDir = "/data"; } { stateDir = "/data/b"; })
        [
          "instances.b.stateDir"
          "in the `stateDir` of a, /data"
        ];
    "two instances may work in one directory" = accepts (
      pair { directory = "/srv/shared"; } { directory = "/srv/shared"; }
    );
    "a directory that only begins like another is not in it" = accepts (
      pair { directory = "/srv/a"; } { stateDir = "/srv/ab"; }
    );
  };
}
