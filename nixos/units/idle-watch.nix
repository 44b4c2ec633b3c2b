# The watch of an instance on demand: it runs while something is at work in the server, and so keeps it needed.
{
  lib,
  utils,
  # network/door.nix
  door,
}:
let
  values = import ./values.nix { inherit lib; };
  hardening = import ./network/hardening.nix;

  # Not the server's: it says when that may be stopped. Not the doors': it has passwords, and reads what servers answer.
  user = "opencode_idle";
in
{
  users.${user} = {
    isSystemUser = true;
    group = user;
    description = "Watches which opencode servers are idle";
  };
  groups.${user} = { };

  service =
    {
      names,
      declared,
      # In seconds.
      idleTime,
      # The folder below /run that is there while clients are connected.
      clients,
      # What password.nix says, the manifest, and what the server's unit shares with the setup unit.
      password,
      manifest,
      shared,
    }:
    let
      inherit (declared.network) isolate;
      opencodectl = lib.getExe' declared.setupPackage "opencodectl";

      passwordArguments =
        if password.hasFile then
          [
            "--password-file"
            "/run/credentials/${names.idle}/${password.variable}"
          ]
        else
          [ "--password-from-environment" ];

      passwordDirectives =
        if password.hasFile then
          { LoadCredential = "${password.variable}:${values.literal password.source}"; }
        else
          # The password is one of the variables, if there is one.
          lib.filterAttrs (name: _: name == "EnvironmentFile") shared.identity;

      networkDirectives =
        if isolate then
          { PrivateNetwork = true; }
        else
          {
            IPAddressDeny = "any";
            IPAddressAllow = "localhost";
          };
    in
    {
      description = "${names.server}: until it is idle";
      documentation = [ "man:opencodectl(1)" ];
      # It starts no server.
      requisite = [ names.server ];
      after = [ names.server ];
      inherit (declared) restartIfChanged;
      unitConfig = {
        StartLimitIntervalSec = 0;
      }
      // lib.optionalAttrs isolate (door.joining names);
      serviceConfig =
        hardening.watch
        // {
          Type = "exec";
          User = user;
          Group = user;
          ExecStart = utils.escapeSystemdExecArgs (
            [
              opencodectl
              "idle"
              "--user"
              declared.user
              "--idle-time"
              idleTime
              "--clients"
              "/run/${clients}"
            ]
            ++ passwordArguments
            ++ [ manifest ]
          );
          # Without it, a session could be cut off.
          Restart = "on-failure";
          RestartSec = 5;
          RestartMode = "direct";
        }
        // passwordDirectives
        // networkDirectives;
    }
    // lib.optionalAttrs (!password.hasFile && shared.environment ? ${password.variable}) {
      environment.${password.variable} = shared.environment.${password.variable};
    };
}
