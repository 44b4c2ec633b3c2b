# That a unit which is active has a server that runs with what is declared.
{ lib, ask, ... }:
let
  postOf = x: ask.directive (ask.one x) "opencode-x" "ExecStartPost";
  serverOf = x: (ask.manifest (ask.one x) "x").server or null;
  urlOf = address: (serverOf { listen.address = address; }).url or null;
  withPassword.auth.passwordFile = "/run/secrets/password";
in
{
  tests = {
    "the unit waits for a proof, with the manifest that its setup has applied" = {
      expr =
        let
          post = postOf { };
        in
        [
          (lib.length post)
          (lib.hasInfix "/bin/opencodectl\" \"wait\" \"--password-from-environment\" \"--timeout\" \"280\" \"/" (lib.head post))
          (lib.hasSuffix "\"/run/opencode-applied/x/manifest.json\"" (lib.head post))
        ];
      expected = [
        1
        true
        true
      ];
    };
    "which root notes before the server is started" = {
      expr =
        let
          posts = ask.directive (ask.one { lockConfig = false; }) "opencode-x-setup" "ExecStartPost";
        in
        [
          (map (builtins.match "([-+]+).*/bin/([a-z]+).*") posts)
          (lib.hasSuffix "-opencode-setup-x.json\" \"/run/opencode-applied/x/manifest.json\"" (lib.head posts))
        ];
      expected = [
        [
          [
            "+"
            "ln"
          ]
          [
            "-+"
            "systemctl"
          ]
        ]
        true
      ];
    };
    "where an owner cannot write" = {
      expr =
        let
          config = ask.one { };
          folder = lib.filter (lib.hasInfix "opencode-applied");
        in
        [
          (folder config.systemd.tmpfiles.rules)
          (folder (ask.directive config "opencode-x-setup" "BindPaths"))
          (folder (ask.directive config "opencode-x" "BindReadOnlyPaths"))
          (folder (ask.directive config "opencode-x" "BindPaths"))
        ];
      expected = [
        [ "d /run/opencode-applied/x 0755 root root - -" ]
        [ "\"/run/opencode-applied/x\"" ]
        [ "\"/run/opencode-applied/x\"" ]
        [ ]
      ];
    };
    "a proof that fails ends the server, and is not tried again" = {
      expr = ask.directive (ask.one { }) "opencode-x" "RestartPreventExitStatus";
      expected = [
        "SIGTERM"
        "143"
      ];
    };
    "the unit gives the proof more time than the proof takes" = {
      expr = ask.value (ask.one { }) "opencode-x" "TimeoutStartSec";
      expected = "5min";
    };
    "it can be turned off, and the server can still be asked" = {
      expr = [
        (postOf { checkOnStart = false; })
        (serverOf { checkOnStart = false; }).url
      ];
      expected = [
        [ ]
        "http://127.0.0.1:17986"
      ];
    };
    "every address has one at which it can be asked, and a name has none" = {
      expr = map urlOf [
        "127.0.0.1"
        "0.0.0.0"
        "localhost"
        "::"
        "::1"
        "[::1]"
        "192.0.2.1"
        "agents.example"
      ];
      expected = map (host: lib.mapNullable (host: "http://${host}:17986") host) [
        "127.0.0.1"
        "127.0.0.1"
        "127.0.0.1"
        "[::1]"
        "[::1]"
        "[::1]"
        "192.0.2.1"
        null
      ];
    };
    "without an address to ask at, there is no proof" = {
      expr = postOf { listen.address = "agents.example"; };
      expected = [ ];
    };
    "the password is a credential of the server alone, and the manifest says where" = {
      expr =
        let
          config = ask.one withPassword;
        in
        [
          (ask.directive config "opencode-x" "LoadCredential")
          (ask.directive config "opencode-x-setup" "LoadCredential")
          (ask.manifest config "x").server.passwordFile
          (lib.hasInfix "-with-password" (ask.value config "opencode-x" "ExecStart"))
        ];
      expected = [
        [ "OPENCODE_SERVER_PASSWORD:/run/secrets/password" ]
        [ ]
        "/run/credentials/opencode-x.service/OPENCODE_SERVER_PASSWORD"
        true
      ];
    };
    "a password that is one of the credentials is found as well" = {
      expr =
        (serverOf { credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/password"; }).passwordFile;
      expected = "/run/credentials/opencode-x.service/OPENCODE_SERVER_PASSWORD";
    };
    "two files with the password are refused" = {
      expr = lib.any (lib.hasInfix "both set the password") (
        ask.errors (
          ask.one (withPassword // { credentials.OPENCODE_SERVER_PASSWORD = "/run/secrets/other"; })
        )
      );
      expected = true;
    };
    "so are a file and a variable with the password" = ask.refuses (ask.one {
      auth.passwordFile = "/run/secrets/password";
      environment.OPENCODE_SERVER_PASSWORD = "{env:PASSWORD}";
    }) [
      "instances.x.auth.passwordFile and "
      "instances.x.environment.OPENCODE_SERVER_PASSWORD both set the password"
    ];
    "with a password file, an address beyond the loopback needs no warning" = {
      expr = ask.warnings (ask.one (withPassword // { listen.address = "192.0.2.1"; }));
      expected = [ ];
    };
  };
}
