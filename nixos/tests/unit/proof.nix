# That a unit which is active has a server that runs with what is declared.
{ lib, ask, ... }:
let
  postOf = x: ask.directive (ask.one x) "opencode-x" "ExecStartPost";
  # Unit files quote the path, and put "+" before it.
  scriptOf = post: builtins.readFile (lib.head (builtins.match "[+]([^ ]*) .*" post));
  missingIn = text: lib.filter (part: !lib.hasInfix part text);
  mountsOf =
    x:
    lib.concatMap (ask.directive (ask.one x) "opencode-x") [
      "BindReadOnlyPaths"
      "TemporaryFileSystem"
    ];
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
          (builtins.match "[+]/nix/store/[^ ]*-opencode-prove [^ ]*/bin/opencodectl (.*)" (lib.head post))
          (missingIn (scriptOf (lib.head post)) [
            "\"$opencodectl\" wait --password-from-environment --process \"$MAINPID\" --timeout 280 \"$manifest\""
          ])
        ];
      expected = [
        1
        [ "/run/opencode-applied/x/manifest.json opencode-x.service" ]
        [ ]
      ];
    };
    "the unit stops itself when it is refused, since what a server makes of SIGTERM is its own business" = {
      expr = [
        (missingIn (scriptOf (lib.head (postOf { }))) [
          "/bin/timeout --signal=KILL 285"
          ''if [ "$status" = 3 ] || { [ "$status" != 0 ] && kill -0 "$MAINPID" 2>/dev/null; }; then''
          "/bin/systemctl stop --no-block \"$@\""
        ])
        (map (x: lib.filter (lib.hasInfix "/run/systemd/") (lib.remove "\"-/run/systemd/resolve\"" (mountsOf x))) [
          { }
          { checkOnStart = false; }
        ])
      ];
      expected = [
        [ ]
        [
          [
            ''"-/run/systemd/private"''
            "/run/systemd/system:ro"
          ]
          [ ]
        ]
      ];
    };
    "which root notes before the server is started" = {
      expr =
        let
          posts = ask.directive (ask.one { lockConfig = false; }) "opencode-x-setup" "ExecStartPost";
        in
        [
          (map (builtins.match "([-+]+).*/bin/([a-z]+).*") (lib.filter (lib.hasInfix "/bin/") posts))
          (lib.any (lib.hasSuffix "-opencode-setup-x.json /run/opencode-applied/x/manifest.json") posts)
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
  };
}
