# What an instance may take of the machine.
{ lib }:
let
  inherit (lib) mkOption types;
in
{
  limits = {
    memoryMax = mkOption {
      type = types.nullOr types.str;
      default = "50%";
      example = "8G";
      description = ''
        `MemoryMax=` of the server with all processes that its agents start, and of the setup unit with its hooks: in
        bytes (`8G`) or as a percentage of the machine's memory. Above this limit, the kernel kills a process of the
        instance, and no other. The default leaves the other half to the host; all instances together get four fifths
        (`systemd.slices.opencode.sliceConfig.MemoryMax`). `null` sets no limit.
      '';
    };

    tasksMax = mkOption {
      type = types.nullOr types.ints.positive;
      default = 4096;
      description = ''
        `TasksMax=` of both units: how many processes and threads there may be at once. An idle server has about thirty,
        and a large parallel build some hundreds. The default stops a command that starts itself again and again, and
        leaves enough of the 32768 that a small machine has. With `null`, systemd's default applies.
      '';
    };

    cpuWeight = mkOption {
      type = types.nullOr (types.ints.between 1 10000);
      default = null;
      example = 200;
      description = ''
        `CPUWeight=` of the instance's slice: its share among the instances when the processors are busy. `null` is 100,
        the weight of every other instance. All instances together have half the weight of the system's services
        (`systemd.slices.opencode.sliceConfig.CPUWeight`), so that the host stays usable.
      '';
    };

    stateSize = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "20G";
      description = ''
        `StateDirectoryQuota=` of both units: how large the state directory may grow. It needs systemd 258, an ext4 or
        XFS with project quotas (mount option `prjquota`) and a `stateDir` below `/var/lib`; older versions of systemd
        ignore it with a line in the journal.
      '';
    };
  };
}
