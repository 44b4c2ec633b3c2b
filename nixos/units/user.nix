# The user of an instance.
#
# Weaker than any declaration of the operator's, who may have this user already: a person or a service of its own keeps
# its home, its description and its group, too.
{ lib }:
name: cfg:
{ config, options, ... }:
let
  priority = 1250;
  isTheirs = config.isNormalUser || options.isSystemUser.highestPrio < priority;
  ofOurs = value: lib.mkIf (!isTheirs) (lib.mkOverride priority value);
in
{
  isSystemUser = lib.mkOverride priority (!config.isNormalUser);
  # Not `cfg.group`, which is this group where the operator named none.
  group = lib.mkOverride priority (if cfg.written.group == null then cfg.user else cfg.written.group);
  home = ofOurs cfg.stateDir;
  description = ofOurs "opencode instance ${name}";
  inherit (cfg) extraGroups;
}
