# What `opencodectl` is told of a server, and how the unit waits for it.
{
  lib,
  pkgs,
  utils,
}:
name: cfg:
# What password.nix and ../opencode say.
{ password, major }:
let

  # From where a server that listens there can be asked. A name is nobody's address for sure: the password would go to
  # whoever it leads to.
  askedAt =
    address:
    if lib.elem address [ "0.0.0.0" "localhost" ] then
      "127.0.0.1"
    else if lib.elem address [ "::" "[::]" ] then
      "[::1]"
    else if builtins.match "[0-9]+([.][0-9]+){3}|\\[[0-9a-fA-F:.]+]" address != null then
      address
    else if builtins.match "[0-9a-fA-F:.]*:[0-9a-fA-F:.]*" address != null then
      "[${address}]"
    else
      null;

  host = askedAt cfg.listen.address;

  isProved = cfg.checkOnStart && server != null;

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
      };
in
{
  inherit server;

  # Root's: an owner who could write there would say what the server is compared with. The setup unit writes to it, and
  # the server's sees it.
  directories = lib.optional isProved appliedDirectory;
  tmpfiles = lib.optional isProved "d ${appliedDirectory} 0755 root root - -";

  # What the setup unit does when the executor is done.
  afterSetup =
    manifest:
    lib.optional isProved (
      "+"
      + utils.escapeSystemdExecArgs [
        (lib.getExe' pkgs.coreutils "ln")
        "-sfT"
        "${manifest}"
        applied
      ]
    );

  # For the server's unit. What fails here ends the server with SIGTERM, and is not tried again: each try would be a
  # server that may do, for some seconds, what nobody has allowed. A time-out counts as well.
  serviceConfig = lib.optionalAttrs isProved {
    # "+": the executor's openat2(2) is not to be had in this sandbox (RestrictSUIDSGID=). As root, opencodectl becomes
    # the owner of HOME before it opens anything of the instance's.
    ExecStartPost =
      "+"
      + utils.escapeSystemdExecArgs [
        (lib.getExe' cfg.setupPackage "opencodectl")
        "wait"
        "--password-from-environment"
        "--timeout"
        280
        applied
      ];
    TimeoutStartSec = "5min";
    RestartPreventExitStatus = [
      "SIGTERM"
      # As serve-command.nix may pass it on.
      143
    ]
    ++ major.exitsOnSigterm;
  };
}
