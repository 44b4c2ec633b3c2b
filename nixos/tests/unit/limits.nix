# What an instance may take of the machine.
{ ask, ... }:
let
  units = [
    "opencode-x"
    "opencode-x-setup"
  ];
  limitsOf =
    config:
    map (unit: map (ask.directive config unit) [
      "MemoryMax"
      "TasksMax"
    ]) units;
  sliceOf = name: ask.value (ask.instances { ${name}.user = "agent"; }) "opencode-${name}" "Slice";
in
{
  tests = {
    "one instance leaves the host half of the memory, and tasks" = {
      expr = limitsOf (ask.one { });
      expected = map (_: [
        [ "50%" ]
        [ "4096" ]
      ]) units;
    };
    "null sets no limit" = {
      expr = limitsOf (
        ask.one {
          limits = {
            memoryMax = null;
            tasksMax = null;
          };
        }
      );
      expected = map (_: [
        [ ]
        [ ]
      ]) units;
    };
    "the same directive in serviceConfig wins" = {
      expr = ask.value (ask.one { serviceConfig.MemoryMax = "4G"; }) "opencode-x" "MemoryMax";
      expected = "4G";
    };
    "a slice each, and none in that of another" = {
      expr = map sliceOf [
        "web"
        "my-project"
        "a.b_c"
      ];
      expected = [
        "opencode-web.slice"
        "opencode-my\\x2dproject.slice"
        "opencode-a.b_c.slice"
      ];
    };
    "all instances together leave the host a fifth of the memory, and count half" = {
      expr = (ask.one { }).systemd.slices.opencode.sliceConfig;
      expected = {
        CPUWeight = 50;
        MemoryMax = "80%";
      };
    };
    "an operator may say otherwise of all" = {
      expr =
        (ask.system {
          services.opencode.instances.x = { };
          systemd.slices.opencode.sliceConfig.MemoryMax = "90%";
        }).systemd.slices.opencode.sliceConfig.MemoryMax;
      expected = "90%";
    };
    "an instance may weigh more" = {
      expr = (ask.one { limits.cpuWeight = 200; }).systemd.slices.opencode-x.sliceConfig.CPUWeight;
      expected = 200;
    };
    "the size of the state is systemd's to hold, where systemd makes the directory" = {
      expr = [
        (map (unit: ask.directive (ask.one { limits.stateSize = "20G"; }) unit "StateDirectoryQuota") units)
        (ask.directive (ask.one { }) "opencode-x" "StateDirectoryQuota")
      ];
      expected = [
        [
          [ "20G" ]
          [ "20G" ]
        ]
        [ ]
      ];
    };
    "no slices without instances" = {
      expr = (ask.of { }).systemd.slices ? opencode;
      expected = false;
    };
  };
}
