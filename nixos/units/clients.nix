# What people's clients need to know of a server, and who may know it.
{ lib, pkgs }:
let
  hardening = import ./hardening.nix;
  values = import ./values.nix { inherit lib; };
  sourceOf = import ../password-source.nix { inherit lib; };
  askedAt = import ../asked-at.nix { inherit lib; };
  inherit (import ./directives.nix { inherit lib; }) ours;

  # In memory, and in sight of no server: hardening.nix hides /run. Whoever is in the group of a file comes through, and
  # sees no names.
  folder = "/run/opencode-passwords";
in
name: cfg:
# What password.nix and ../opencode say, and `listen` as the operator declared it.
{
  password,
  major,
  listen,
}:
let
  source = sourceOf major name cfg;
  inherit (cfg.auth) group;
  isShared = group != null && source.fileOfRoot != null;

  copy = "${folder}/${name}";

  share = pkgs.writeShellScript "opencode-${name}-share-password" ''
    set -euo pipefail
    # No instance has a name that begins so.
    new=${folder}/.${name}.new
    cat "$CREDENTIALS_DIRECTORY/${source.variable}" > "$new"
    mv --no-target-directory "$new" ${copy}
  '';
in
{
  # For the manifest.
  server = {
    client = lib.getExe' cfg.package "opencode";
    clientPasswordFile = if isShared then copy else source.fileOfRoot;
  }
  # The server itself is elsewhere, and sleeps until somebody asks here.
  // lib.optionalAttrs (listen != cfg.listen && askedAt listen.address != null) {
    clientUrl = "http://${askedAt listen.address}:${toString listen.port}";
  };

  groups = lib.optionalAttrs isShared { ${group} = { }; };

  tmpfiles = lib.optional isShared "d ${folder} 0711 root root - -";

  # Not the server's: people attach to one that sleeps.
  services = lib.optionalAttrs isShared {
    "opencode-${name}-clients" = {
      description = "Password of opencode instance ${name}, for the group ${group}";
      documentation = [ "man:opencodectl(1)" ];
      wantedBy = [ "multi-user.target" ];
      inherit (password) requires;
      # Another password is another copy.
      after = password.requires;
      partOf = password.requires;
      # Root's without any of root's powers. What it makes belongs to the group, since it is in it.
      serviceConfig = ours (
        hardening.setup
        // {
          Type = "oneshot";
          RemainAfterExit = true;
          Group = group;
          UMask = "0027";
          LoadCredential = "${source.variable}:${values.literal source.fileOfRoot}";
          ExecStart = "${share}";
          ExecStop = "${lib.getExe' pkgs.coreutils "rm"} --force ${copy}";
          BindPaths = [ folder ];
          RestrictSUIDSGID = true;
        }
      );
    };
  };
}
