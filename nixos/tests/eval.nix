# A NixOS of the few modules that our module speaks to, with the stand-in packages. The modules are
# nixpkgs' own: systemd.nix renders the units' text.
{
  nixpkgs ? <nixpkgs>,
}:
let
  lib = import (nixpkgs + "/lib");

  standIns = import ./stand-ins.nix { inherit lib; };
  # With our overlay applied, except that nothing can be built.
  pkgs =
    standIns
    // import ../overlay.nix pkgs standIns
    // {
      inherit (standIns) opencode-setup;
    };

  # What other modules declare that are not needed otherwise.
  rest =
    { lib, ... }:
    {
      options = {
        boot.initrd.systemd.enable = lib.mkEnableOption "";
        environment.systemPackages = lib.mkOption {
          type = lib.types.listOf lib.types.package;
          default = [ ];
        };
        users.defaultUserShell = lib.mkOption {
          type = lib.types.path;
          default = pkgs.bashInteractive;
        };
        networking.firewall.allowedTCPPorts = lib.mkOption {
          type = lib.types.listOf lib.types.port;
          default = [ ];
        };
        networking.enableIPv6 = lib.mkEnableOption "" // {
          default = true;
        };
        security.acme = lib.mkOption {
          type = lib.types.raw;
          default.certs = { };
        };
      };
      config._module = {
        # They define options of modules that are left out.
        check = false;
        args = { inherit pkgs; };
      };
    };

  # With the modules of NixOS that are named.
  evalWith =
    nixosModules: modules:
    let
      system = lib.evalModules {
        specialArgs.utils = import (nixpkgs + "/nixos/lib/utils.nix") {
          inherit lib pkgs;
          inherit (system) config;
        };
        modules =
          map (path: nixpkgs + "/nixos/modules/${path}") nixosModules
          ++ [
            rest
            ../module.nix
          ]
          ++ modules;
      };
    in
    system;

  evalNixos = evalWith [
    "config/users-groups.nix"
    "misc/assertions.nix"
    "misc/ids.nix"
    "services/web-servers/nginx"
    "system/boot/systemd.nix"
    "system/boot/systemd/tmpfiles.nix"
    "system/etc/etc.nix"
  ];

  # The same with every module that NixOS has. Slower, and nothing of ours goes unnoticed.
  evalWholeNixos =
    modules:
    import (nixpkgs + "/nixos/lib/eval-config.nix") {
      inherit lib;
      system = null;
      modules = modules ++ [
        ../module.nix
        {
          _module.args.pkgs = lib.mkForce pkgs;
          system.stateVersion = lib.trivial.release;
        }
      ];
    };
in
{
  inherit
    lib
    pkgs
    evalNixos
    evalWholeNixos
    evalWith
    ;

  # Questions to an evaluated system, for the tests.
  ask = import ./ask.nix { inherit lib evalNixos; };
}
