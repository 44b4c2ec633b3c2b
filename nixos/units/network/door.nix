# A socket in one network namespace whose connections lead to an address in another.
#
# Sockets stay in the namespace in which they were made: systemd listens in the one, and systemd-socket-proxyd connects in
# the other.
{
  lib,
  utils,
  systemd,
}:
let
  hardening = import ./hardening.nix;

  # Without PrivateTmp=, which DynamicUser= implies: the server's /tmp would be the door's. And never the server's user:
  # who may look into a door's process can take a socket of the host's network out of it.
  user = "opencode_door";

  joining = names: {
    # The socket unit as well: the server may be the one that does not run.
    JoinsNamespaceOf = [
      names.server
      "${names.wayOut}.socket"
    ];
  };

  service =
    names:
    {
      description,
      to,
      inside,
      # How many it passes on at a time.
      connections ? 2048,
      # The seconds without a connection after which it ends.
      idleTime ? null,
      # What is started with the program, its options and `to`, in its place: BY.. TO PROGRAM OPTION..
      by ? null,
    }:
    {
      inherit description;
      # A socket does not start while its service runs. The socket of one that ends by itself stays, and a restart along
      # with the server would make it wait for its first client: see ../on-demand.nix.
      partOf = lib.optional (idleTime == null) names.server;
      documentation = [ "man:systemd-socket-proxyd(8)" ];
      unitConfig = lib.optionalAttrs inside (joining names);
      serviceConfig =
        hardening.door
        // {
          # Not "notify": systemd's socket for that is in /run, which is empty here.
          Type = "exec";
          User = user;
          Group = user;
          ExecStart = utils.escapeSystemdExecArgs (
            lib.optionals (by != null) (by ++ [ to ])
            ++ [
              "${systemd}/lib/systemd/systemd-socket-proxyd"
              "--connections-max=${toString connections}"
            ]
            ++ lib.optional (idleTime != null) "--exit-idle-time=${toString idleTime}"
            ++ lib.optional (by == null) to
          );
        }
        // (
          if inside then
            { PrivateNetwork = true; }
          else
            {
              IPAddressDeny = "any";
              IPAddressAllow = "localhost";
            }
        );
    };
in
{
  inherit joining service;

  # Where clients connect.
  socketOfClients = names: listenStreams: {
    description = "${names.server}: its clients";
    before = [ names.server ];
    inherit listenStreams;
    # As with the addresses of a network that is not up yet.
    socketConfig.FreeBind = true;
  };

  # What passes clients on. They wait until the server is ready.
  serviceOfClients =
    names: arguments:
    service names ({ description = "${names.server}: its clients"; } // arguments)
    // {
      # Not `requires`: a client during a start that fails would end the socket.
      wants = [ names.server ];
      after = [ names.server ];
    };

  users.${user} = {
    isSystemUser = true;
    group = user;
    description = "Ways in and out of the networks of opencode instances";
  };
  groups.${user} = { };

  socketInside = names: listen: {
    description = "${names.server}: the way to ${listen.to}, inside its network namespace";
    before = [ names.server ];
    listenStreams = [ listen.at ];
    # With the server, so that its /tmp is a new one each time it starts.
    partOf = [ names.server ];
    unitConfig = joining names;
    # Who starts first makes the namespaces, all that there will be: without the other two here, the server would have
    # neither although it asks for both. No process of this unit sees them, since there is none.
    socketConfig = {
      PrivateNetwork = true;
      PrivateTmp = true;
      PrivateIPC = true;
    };
  };
}
