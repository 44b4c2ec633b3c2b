# Two instances that find a configuration written by hand when they start for the first time.
{ lib, pkgs, ... }:
let
  byHand =
    instance:
    let
      home = "/var/lib/opencode/instance-state/${instance}";
      owned = "opencode-${instance} opencode-${instance} - ";
    in
    [
      "d ${home} 0700 ${owned}"
      "d ${home}/.config 0700 ${owned}"
      "d ${home}/.config/opencode 0700 ${owned}"
      "f ${home}/.config/opencode/opencode.json 0640 ${owned} { \"username\": \"by hand\" } // of ${instance}"
    ];
in
{
  services.opencode.instances = {
    kept.config.username = "declared";
    strict = {
      onConflict = "fail";
      serviceConfig = import ../sleeping.nix pkgs;
    };
  };
  systemd.tmpfiles.rules = lib.concatMap byHand [
    "kept"
    "strict"
  ];
}
