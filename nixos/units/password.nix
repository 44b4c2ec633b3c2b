# Where the server's password comes from, and the unit that makes one where it is generated.
{ lib, pkgs }:
let
  hardening = import ./hardening.nix;
  inherit (import ./directives.nix { inherit lib; }) ours;
  sourceOf = import ../password-source.nix { inherit lib; };
in
name: cfg:
# What ../opencode says.
major:
let
  source = sourceOf major name cfg;
  inherit (source) variable directory file;

  unit = "opencode-${name}-password";

  # The file gets its name when all of it is on the disk. What an attempt that was cut off has left is overwritten.
  generate = pkgs.writeShellScript "opencode-${name}-generate-password" ''
    set -euo pipefail
    password=${file}
    if [ -s "$password" ]; then
      exit 0
    fi
    # No instance has a name that begins so.
    new=''${password%/*}/.''${password##*/}.new
    head --bytes=32 /dev/urandom | base64 --wrap=0 > "$new"
    sync "$new"
    mv --no-target-directory "$new" "$password"
    sync "$STATE_DIRECTORY"
    echo "made a password for the server: $password"
  '';
in
{
  inherit variable;
  inherit (source) hasFile;

  # The file with it, where there is one.
  source = if file != null then file else cfg.credentials.${variable} or null;

  # The credential by which the server gets its password.
  credentials = lib.optionalAttrs (file != null) { ${variable} = file; };

  # Where the server's unit sees it, and root as long as that unit runs.
  credentialPath = "/run/credentials/opencode-${name}.service/${variable}";

  # For the server's unit.
  requires = lib.optional source.isGenerated "${unit}.service";

  services = lib.optionalAttrs source.isGenerated {
    ${unit} = {
      description = "Password of opencode instance ${name}";
      documentation = [ "man:opencodectl(1)" ];
      before = [ "opencode-${name}.service" ];
      # A restart of it is one of the server.
      inherit (cfg) restartIfChanged;
      # Root's without any of root's powers: it can write to what belongs to root, which is this directory alone.
      serviceConfig = ours (
        hardening.setup
        // {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "${generate}";
          StateDirectory = directory;
          StateDirectoryMode = "0700";
          RestrictSUIDSGID = true;
        }
      );
    };
  };
}
