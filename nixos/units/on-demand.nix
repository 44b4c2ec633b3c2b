# `onDemand`: the server runs while it is in use.
#
#   clients -> <unit>-in.socket -> <unit>-in.service -> server <- <unit>-idle.service
#
# systemd stops the server when nothing needs it any more (StopWhenUnneeded=). Two units need it: the door,
# systemd-socket-proxyd, which ends when no client has been connected for the idle time, and the watch, which ends when
# nothing has been at work in the server for as long. A door that is about to start counts, so no connection finds the
# server gone; what a door has not accepted stays with the socket.
{
  lib,
  pkgs,
  utils,
  systemd,
}:
let
  namesOf = import ./network/names.nix { inherit lib; };
  door = import ./network/door.nix { inherit lib utils systemd; };
  onlyTo = import ./network/only-to.nix { inherit pkgs; };
  endpoint = import ../endpoint.nix { inherit lib; };
  timeSpan = import ../time-span.nix { inherit lib; };
  watch = import ./idle-watch.nix { inherit lib utils door; };
in
name: declared:
if !declared.onDemand.enable then
  {
    inside = cfg: cfg;
    units = _: {
      services = { };
      sockets = { };
      users = { };
      groups = { };
      tmpfiles = [ ];
      server = { };
      setup = { };
    };
  }
else
  let
    names = namesOf name declared;
    inherit (declared.network) isolate;
    seconds = timeSpan.seconds declared.onDemand.idleTimeout;

    # It is there as long as the door runs, which the watch sees without a way to systemd.
    clients = "opencode-clients/${name}";

    stopDoor =
      options: "-+${systemd}/bin/systemctl stop ${options}--job-mode=fail ${names.wayIn}.service";

    # Stopped and started at once in a switch: in between, a client could start what was there before.
    switched.stopIfChanged = false;
  in
  {
    # The instance as the server sees it. With a network of its own, it has the declared port for itself.
    inside =
      cfg:
      if isolate then
        cfg
      else
        cfg
        // {
          listen = cfg.listen // {
            address = names.loopback;
            inherit (declared.onDemand) port;
          };
        };

    units =
      {
        # What password.nix says, the manifest, and what the server's unit shares with the setup unit.
        password,
        manifest,
        shared,
      }:
      {
        sockets.${names.wayIn} = {
          wantedBy = [ "sockets.target" ];
        }
        // lib.optionalAttrs (!isolate) (
          door.socketOfClients names [ (endpoint declared.listen.address declared.listen.port) ]
        );

        services.${names.wayIn} = lib.mkMerge (
          lib.optional (!isolate) (
            door.serviceOfClients names {
              to = endpoint names.loopback declared.onDemand.port;
              inside = false;
              idleTime = seconds;
              by = [
                onlyTo
                (lib.getExe' declared.setupPackage "opencodectl")
                declared.user
              ];
            }
          )
          ++ [
            switched
            {
              # Should the watch have ended just when a client came: it looks again.
              onSuccess = [ names.idle ];
              unitConfig = {
                # While the server is being stopped, there is nothing to watch.
                OnSuccessJobMode = "fail";
                # A limit would end the socket.
                StartLimitIntervalSec = 0;
              };
              serviceConfig.RuntimeDirectory = clients;
            }
          ]
        );

        services.${names.idleName} =
          switched
          // watch.service {
            inherit
              names
              declared
              clients
              password
              manifest
              shared
              ;
            idleTime = seconds;
          };

        users = door.users // watch.users;
        groups = door.groups // watch.groups;

        # Before the first door: it is mounted where the watch runs.
        tmpfiles = [ "d /run/opencode-clients 0755 root root - -" ];

        # What is added to these units.
        server = switched // {
          wants = [
            names.idle
            # It may have been stopped: see proof.nix.
            "${names.wayIn}.socket"
          ];
          # However the server ends, its door ends, and the next client waits for the next server. Soon, since anybody may
          # listen in its place then, and would get what clients send: before the server, when a stop or a restart ends it
          # (PropagatesStopTo=, ExecStop=), and when it ends by itself, as soon as systemd has noticed.
          unitConfig = {
            StopWhenUnneeded = true;
            PropagatesStopTo = "${names.wayIn}.service";
          };
          # A door that turns clients away since a setup has failed ends with the next start. "fail": one that is about to
          # start stays so.
          serviceConfig = {
            ExecStartPre = [ (stopDoor "--no-block ") ];
            ExecStop = [ (stopDoor "") ];
            ExecStopPost = [ (stopDoor "--no-block ") ];
          };
        };
        # It sleeps along, and runs at each start.
        setup = switched // {
          unitConfig.StopWhenUnneeded = true;
        };
      };
  }
