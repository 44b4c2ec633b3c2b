# What `opencodectl` is told of a server, and how the unit waits for it.
{
  lib,
  pkgs,
  # That of the system.
  systemd,
}:
let
  # What fails here is not tried again: each try would be a server that may do, for some seconds, what nobody has
  # allowed. Only a stop that somebody asked for keeps Restart= from another try, whatever the server makes of SIGTERM. A
  # server that has ended by itself is tried again, as at any other time.
  #
  # "timeout": the owner of HOME can stop the process that has become it (SIGSTOP).
  prove = pkgs.writeShellScript "opencode-prove" ''
    set -uo pipefail
    opencodectl=$1
    manifest=$2
    shift 2
    ${lib.getExe' pkgs.coreutils "timeout"} --signal=KILL 285 \
      "$opencodectl" wait --password-from-environment --process "$MAINPID" --timeout 280 "$manifest"
    status=$?
    if [ "$status" = 3 ] || { [ "$status" != 0 ] && kill -0 "$MAINPID" 2>/dev/null; }; then
      ${systemd}/bin/systemctl stop --no-block "$@"
    fi
    exit "$status"
  '';

  namesOf = import ./network/names.nix { inherit lib; };
  askedAt = import ../asked-at.nix { inherit lib; };
in
name: cfg:
# What password.nix, clients.nix and ../opencode say.
{
  password,
  clients,
  major,
}:
let
  host = askedAt cfg.listen.address;

  isProved = cfg.checkOnStart && server != null;

  names = namesOf name cfg;
  # On demand, the next client would be another try. The server last: its stop ends the script that asks for it.
  toStop = lib.optional cfg.onDemand.enable "${names.wayIn}.socket" ++ [ names.server ];

  # The manifest that the setup unit last applied. With `restartIfChanged = false` that is an older one than the unit
  # would name, and so is what the server then runs with.
  appliedDirectory = "/run/opencode-applied/${name}";
  applied = "${appliedDirectory}/manifest.json";

  # For the manifest.
  server =
    if host == null then
      null
    else
      {
        inherit (major) api;
        url = "http://${host}:${toString cfg.listen.port}";
        inherit (cfg) directory projectConfig;
        passwordFile = if password.hasFile then password.credentialPath else null;
        unit = "opencode-${name}.service";
        isolated = cfg.network.isolate;
      }
      // clients.server;
in
{
  inherit server;

  # Whether the server's unit runs systemctl.
  callsSystemctl = isProved;

  # Root's: an owner who could write there would say what the server is compared with. The setup unit writes to it, and
  # the server's sees it.
  directories = lib.optional isProved appliedDirectory;
  tmpfiles = lib.optional isProved "d ${appliedDirectory} 0755 root root - -";

  # What the setup unit does when the executor is done.
  afterSetup =
    manifest:
    # Of paths and a name that systemd has nothing to expand in.
    lib.optional isProved "+${lib.getExe' pkgs.coreutils "ln"} -sfT ${manifest} ${applied}";

  # For the server's unit.
  serviceConfig = lib.optionalAttrs isProved {
    # "+": the executor's openat2(2) is not to be had in this sandbox (RestrictSUIDSGID=). As root, opencodectl becomes
    # the owner of HOME before it opens anything of the instance's.
    ExecStartPost = "+${prove} ${lib.getExe' cfg.setupPackage "opencodectl"} ${applied} ${toString toStop}";
    TimeoutStartSec = "5min";
  };
}
