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
        Whether the server runs only while it is in use. systemd listens at `listen`, and the first connection starts the
        setup unit and the server; the client waits until the server is ready, which takes seconds. It is stopped when no
        client has been connected for `idleTimeout`, no session has been at work and no terminal has been open. What
        connects while it stops is served by the next start.

        It needs `checkOnStart`, which tells when the server is ready. Without `network.isolate`, the server listens at
        another address of the loopback as well, which every user of the machine reaches: it has a password,
        made as by `auth.generate` unless there is another. `auth.required = false` is for a machine whose users may all run
        commands as the instance's user.
      '';
    };

    idleTimeout = mkOption {
      inherit (timeSpan) type;
      default = "30min";
      example = 600;
      description = ''
        For how long nothing must have happened before the server is stopped: a number of seconds, or one with the unit
        `s`, `min`, `h` or `d`. An event stream is a connected client for as long as it is open.
      '';
    };

    port = mkOption {
      type = types.ints.between 1 65535;
      default = 4096;
      description = ''
        Without `network.isolate`, the port at which the server itself listens, on an address in 127.0.0.0/8 that follows
        from the instance's name. Instances have different addresses, and may all have the same port here.
      '';
    };
  };
}
