# Variables, secrets and credentials of both units.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  units = [
    "opencode-x"
    "opencode-x-setup"
  ];
  commandOf = x: ask.value (ask.one x) "opencode-x" "ExecStart";
  has = text: part: lib.hasInfix part text;
in
{
  tests = {
    "environment is that of the server and of the hooks, to the letter" = {
      expr =
        let
          config = ask.one { environment.A = ''100% "$HOME"''; };
        in
        map (unit: ask.variable config unit "A") units;
      expected = [
        ''100%% "$HOME"''
        ''100%% "$HOME"''
      ];
    };
    "a number, a package and a Nix path are taken as variables" = {
      expr =
        let
          config = ask.one {
            environment = {
              NUMBER = 3;
              PACKAGE = pkgs.jq;
              FILE = ./unit-environment.nix;
            };
          };
        in
        [
          (ask.variable config "opencode-x" "NUMBER")
          (ask.variable config "opencode-x" "PACKAGE")
          (lib.hasPrefix "${builtins.storeDir}/" (ask.variable config "opencode-x" "FILE"))
        ];
      expected = [
        "3"
        "${pkgs.jq}"
        true
      ];
    };
    "environment files are read in order, environmentFile first" = {
      expr =
        let
          config = ask.one {
            environmentFile = "/run/a.env";
            environmentFiles = [
              "/run/b.env"
              "-/run/c d.env"
            ];
          };
        in
        map (unit: ask.directive config unit "EnvironmentFile") units;
      expected =
        let
          files = [
            "/run/a.env"
            "/run/b.env"
            "-/run/c d.env"
          ];
        in
        [
          files
          files
        ];
    };
    "credentials are loaded for the server and the hooks" = {
      expr =
        let
          config = ask.one { credentials.key = "/run/secrets/50% key"; };
        in
        map (unit: ask.directive config unit "LoadCredential") units;
      expected = [
        [ "key:/run/secrets/50%% key" ]
        [ "key:/run/secrets/50%% key" ]
      ];
    };
    "the credential OPENCODE_SERVER_PASSWORD becomes the server's password, without line ends, and must not be empty" = {
      expr =
        let
          command = commandOf { credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/password"; };
          wrapper = builtins.fromJSON (lib.head (lib.splitString " " command));
        in
        [
          (lib.hasInfix ''-opencode-x-with-password" "${pkgs.opencode}/bin/opencode" "serve"'' command)
          (builtins.readFile wrapper)
        ];
      expected = [
        true
        ''
          #!${pkgs.runtimeShell}
          set -euo pipefail
          password=$(<"$CREDENTIALS_DIRECTORY/OPENCODE_SERVER_PASSWORD")
          while [[ $password == *[$'\r\n'] ]]; do
            password=''${password%?}
          done
          if [ -z "$password" ]; then
            echo "the file with the server's password is empty: write the password there" >&2
            exit 1
          fi
          export OPENCODE_SERVER_PASSWORD="$password"
          exec "$@"

        ''
      ];
    };
    "another credential needs no wrapper" = {
      expr = lib.hasPrefix ''"${pkgs.opencode}/bin/opencode"'' (commandOf {
        credentials.key = "/run/secrets/key";
      });
      expected = true;
    };
    "no secret is in a unit" = {
      expr =
        let
          config = ask.one {
            environmentFile = "/run/secrets/x.env";
            credentials.key = "/run/secrets/key";
          };
        in
        lib.filter (has (ask.unitText config "opencode-x")) [
          "Environment=\"OPENCODE_SERVER_PASSWORD"
          "Environment=\"key"
        ];
      expected = [ ];
    };
  };
}
