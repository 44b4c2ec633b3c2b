# A slice for each instance, in `opencode.slice`: the processors are shared between instances, not between processes.
{ lib }:
let
  nameOf = name: "opencode-${lib.strings.escapeC [ "-" ] name}";
in
{
  # "-" in the name of a slice is a step down the tree: `my-project` would be a part of `my`.
  inherit nameOf;

  # systemd makes a slice that nobody declares, and gives each the same weight.
  ofInstance =
    name: cfg:
    lib.optionalAttrs (cfg.limits.cpuWeight != null) {
      ${nameOf name} = {
        description = "opencode instance ${name}";
        sliceConfig.CPUWeight = lib.mkDefault cfg.limits.cpuWeight;
      };
    };

  # Several instances could take together what none of them may.
  ofAll.opencode = {
    description = "All opencode instances";
    sliceConfig = {
      MemoryMax = lib.mkDefault "80%";
      # The system's own services have 100.
      CPUWeight = lib.mkDefault 50;
    };
  };
}
