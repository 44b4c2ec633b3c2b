# The scenarios of this folder as NixOS tests. `vm-tests/run` runs the same scripts on a Debian machine.
{ pkgs }:
let
  inherit (pkgs) lib;

  # Scenarios with a package that nixpkgs may not have. They are left out where it does not.
  needOpencode2 = [
    "combined"
    "major-change"
    "opencode-2"
  ];

  isScenario =
    name: kind:
    kind == "directory"
    && builtins.pathExists (./. + "/${name}/machine.nix")
    && (lib.elem name needOpencode2 -> pkgs ? opencode2);

  # What a test script expects of any machine.
  everyMachine = {
    virtualisation = {
      cores = 2;
      memorySize = 6144; # as in driver/qemu.py, which says why
      diskSize = 4096;
    };
    environment.systemPackages = [
      pkgs.curl
      pkgs.jq
      pkgs.python3
    ];
    # Scripts switch to another generation.
    system.switch.enable = true;
    # There is no network, and the server is to know: it waits long for what it cannot reach.
    systemd.globalEnvironment = {
      OPENCODE_DISABLE_MODELS_FETCH = "1";
      npm_config_offline = "true";
    };
  };

  # generation-<name>.nix beside a machine.nix: what the machine can be switched to.
  generationsOf =
    name:
    lib.mapAttrs'
      (file: _: {
        name = lib.removeSuffix ".nix" (lib.removePrefix "generation-" file);
        value.configuration.imports = [ (./. + "/${name}/${file}") ];
      })
      (lib.filterAttrs (file: _: lib.hasPrefix "generation-" file) (builtins.readDir (./. + "/${name}")));

  testOf =
    name: _:
    pkgs.testers.runNixOSTest {
      name = "opencode-${name}";
      nodes.machine = {
        imports = [
          ../nixos/module.nix
          everyMachine
          (./. + "/${name}/machine.nix")
        ];
        specialisation = generationsOf name;
      };
      testScript = builtins.readFile ./prelude.py + builtins.readFile (./. + "/${name}/test.py");
      # The prelude speaks of `machine`, which the checker does not know there.
      skipTypeCheck = true;
      globalTimeout = 30 * 60;
    };
in
lib.mapAttrs testOf (lib.filterAttrs isScenario (builtins.readDir ./.))
