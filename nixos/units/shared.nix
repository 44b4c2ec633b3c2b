# What both units have in common: who runs, where HOME is, what the operator gave them.
{ lib, pkgs }:
let
  values = import ./values.nix { inherit lib; };
  slices = import ./slices.nix { inherit lib; };
  gitOf = import ./git.nix { inherit lib pkgs; };

  # A Nix path as what it is in the store, not as what it is here.
  asText = value: if lib.isPath value then "${value}" else toString value;
in
name: cfg:
# What ../opencode says.
major:
let
  git = gitOf name cfg;
in
{
  identity = {
    User = cfg.user;
    Group = cfg.group;
    Slice = "${slices.nameOf name}.slice";
  }
  // lib.filterAttrs (_: value: value != null && value != [ ]) {
    MemoryMax = cfg.limits.memoryMax;
    TasksMax = cfg.limits.tasksMax;
    EnvironmentFile = map values.literal (
      lib.optional (cfg.environmentFile != null) cfg.environmentFile ++ cfg.environmentFiles
    );
    LoadCredential = lib.mapAttrsToList (id: path: "${id}:${values.literal path}") (
      cfg.credentials // git.credentials
    );
  };

  environment =
    lib.mapAttrs (_: value: if value == null then null else values.literal (asText value)) (
      {
        # Updates come with the system, not behind its back.
        OPENCODE_DISABLE_AUTOUPDATE = "1";
        # A system user's shell is nologin, and the server would run its commands with that.
        SHELL = "${pkgs.bashInteractive}/bin/bash";
      }
      // major.environment cfg.logLevel
      // git.environment
      // lib.optionalAttrs (!cfg.projectConfig) major.closedProject
      # problems.nix refuses it; two values of one variable would end in an error of NixOS' own before.
      // removeAttrs cfg.environment [ "PATH" ]
    )
    // {
      HOME = values.literal cfg.stateDir;
    };

  # The server looks for its tools on PATH, and downloads a ripgrep of its own if it finds none.
  path = cfg.path ++ [
    pkgs.git
    pkgs.ripgrep
    pkgs.bashInteractive
  ];
}
