# A server that runs while it is in use.
{ lib }:
let
  inherit (lib) mkOption types;
  timeSpan = import ../time-span.nix { inherit lib; };
in
{
  onDemand = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether the server runs only while it is in use. A socket unit listens at `listen`, and the first connection
        starts the setup unit and the server. The client waits until the server is ready, which takes seconds. The server
        is stopped when, for `idleTimeout`, no client was connected, no session was busy and no terminal was open. A
        client that connects while the server stops is served after the next start.

        `onDemand` needs `checkOnStart`, which determines when the server is ready. Without `network.isolate`, the server
        itself listens at another loopback address, to which every user of the machine can connect. So it has a password,
        generated as with `auth.generate` unless you declare another. `auth.required = false` is for a machine whose
        users may all run commands as the instance's user.
      '';
    };

    idleTimeout = mkOption {
      inherit (timeSpan) type;
      default = "30min";
      example = 600;
      description = ''
        How long the server must be idle before it is stopped: a number of seconds, or a number with the unit `s`, `min`,
        `h` or `d`. An event stream is a connected client for as long as it is open. With less than a minute, a prompt that
        its client does not wait for may be lost.
      '';
    };

    port = mkOption {
      type = types.ints.between 1 65535;
      default = 4096;
      description = ''
        Without `network.isolate`, the port at which the server itself listens, on an address in 127.0.0.0/8 that is
        computed from the instance's name. Instances have different addresses, so all may use the same port here.
      '';
    };
  };
}
