# Keys that the server never has: where they go, and what is refused.
{ lib, ask, ... }:
let
  anthropic = {
    upstream = "https://api.anthropic.com/v1";
    header = "x-api-key";
    keyFile = "/run/secrets/anthropic";
  };
  gateway = {
    upstream = "https://gateway.example:8443/";
    keyFile = "/run/secrets/100%";
  };
  withKeys = credentials: {
    network = {
      isolate = true;
      inherit credentials;
    };
  };
  one = credentials: ask.one (withKeys credentials);
  held = one { inherit anthropic gateway; };

  fileOf =
    directive: suffix: config:
    ask.plain (
      builtins.readFile (
        lib.head (
          builtins.match ".*(/nix/store/[^\" ]*${suffix}).*" (
            lib.concatStringsSep " " (ask.directive config "opencode-credentials" directive)
          )
        )
      )
    );
  nginxConfig = fileOf "ExecStart" "nginx.conf";
  script = fileOf "ExecStartPre" "prepare";
  has = text: lib.filter (part: !lib.hasInfix part text);
  contradicts = config: ask.one (withKeys { inherit anthropic; } // { inherit config; });
in
{
  tests = {
    "without them, there is no nginx" = {
      expr =
        let
          plain = ask.one { network.isolate = true; };
        in
        [
          (plain.systemd.services ? opencode-credentials)
          (plain.users.users ? opencode_credentials)
        ];
      expected = [
        false
        false
      ];
    };
    "the configuration has an address and no key" = {
      expr = (ask.configOf held "x").provider;
      expected = {
        anthropic.options = {
          baseURL = "http://127.0.0.1:3129/v1";
          apiKey = "held-outside";
        };
        gateway.options = {
          baseURL = "http://127.0.0.1:3130";
          apiKey = "held-outside";
        };
      };
    };
    "which is no warning" = ask.isSilent held;
    "a socket inside leads to a door outside, and that to a socket of nginx" = {
      expr = [
        held.systemd.sockets.opencode-x-credential-anthropic.listenStreams
        (ask.value held "opencode-x-credential-anthropic" "ExecStart")
        (ask.directive held "opencode-x-credential-anthropic" "BindReadOnlyPaths")
        (ask.directive held "opencode-x-credential-anthropic" "PrivateNetwork")
      ];
      expected = [
        [ "127.0.0.1:3129" ]
        "\"/nix/store/00000000000000000000000000000000-systemd/lib/systemd/systemd-socket-proxyd\" \"--connections-max=256\" \"/run/opencode-credential-sockets/x/anthropic\""
        [ "/run/opencode-credential-sockets/x" ]
        [ ]
      ];
    };
    "the server waits for the sockets, and its user has no part in those of nginx" = {
      expr = [
        (lib.filter (
          unit: !lib.elem unit held.systemd.services.opencode-x.after
        ) [
          "opencode-x-credential-anthropic.socket"
          "opencode-x-credential-gateway.socket"
          "opencode-credentials.service"
        ])
        (lib.filter (lib.hasInfix "credential") held.systemd.tmpfiles.rules)
        (map (ask.value held "opencode-credentials") [
          "User"
          "RuntimeDirectoryMode"
        ])
      ];
      expected = [
        [ ]
        [ "d /run/opencode-credential-sockets/x 0750 opencode_credentials opencode_door - -" ]
        [
          "opencode_credentials"
          "0700"
        ]
      ];
    };
    "nginx listens for each instance, verifies, and passes streams on" = {
      expr = has (nginxConfig held) [
        "listen unix:/run/opencode-credential-sockets/x/anthropic;"
        "location /v1/ {"
        "if ($request_uri !~ \"^/v1/\") { return 404; }"
        "if ($request_uri !~ \"^/\") { return 404; }"
        # 128, and two for each of 256 of two providers.
        "worker_connections 1152;"
        "set $provider https://api.anthropic.com;"
        "proxy_set_header Host api.anthropic.com;"
        "proxy_set_header Authorization \"\";"
        "include /run/opencode-credentials/x+anthropic.conf;"
        "proxy_ssl_name api.anthropic.com;"
        "proxy_set_header Host gateway.example:8443;"
        "proxy_ssl_name gateway.example;"
        "proxy_ssl_verify on;"
        "proxy_ssl_server_name on;"
        "proxy_buffering off;"
      ];
      expected = [ ];
    };
    "keys are credentials of nginx alone" = {
      expr = [
        (ask.directive held "opencode-credentials" "LoadCredential")
        # A file that is missing is no reason for the unit not to start.
        (ask.directive held "opencode-credentials" "SetCredential")
        (ask.directive held "opencode-x" "LoadCredential")
        (has (script held) [
          "add x+anthropic /run/secrets/anthropic x-api-key '' /etc/ssl/certs/ca-certificates.crt"
          "add x+gateway /run/secrets/100% Authorization 'Bearer ' /etc/ssl/certs/ca-certificates.crt"
        ])
      ];
      expected = [
        [
          "x+anthropic:/run/secrets/anthropic"
          "x+gateway:/run/secrets/100%%"
        ]
        [
          "x+anthropic:no key"
          "x+gateway:no key"
        ]
        [ ]
        [ ]
      ];
    };
    "a new set is a new command, so that a switch restarts nginx" = {
      expr =
        ask.value held "opencode-credentials" "ExecStart"
        == ask.value (one { inherit anthropic; }) "opencode-credentials" "ExecStart";
      expected = false;
    };
    "two instances have one nginx, and a socket each" = {
      expr =
        let
          config = ask.instances {
            x = withKeys { inherit anthropic; };
            y = withKeys { anthropic = anthropic // { keyFile = "/run/secrets/other"; }; };
          };
        in
        [
          (ask.directive config "opencode-credentials" "LoadCredential")
          (ask.directive config "opencode-y-credential-anthropic" "BindReadOnlyPaths")
        ];
      expected = [
        [
          "x+anthropic:/run/secrets/anthropic"
          "y+anthropic:/run/secrets/other"
        ]
        [ "/run/opencode-credential-sockets/y" ]
      ];
    };
    "the host's network is refused" =
      ask.refuses (ask.one { network.credentials = { inherit anthropic; }; })
        [ "services.opencode.instances.x.network.credentials (anthropic) needs `network.isolate`" ];
    "a file in the place of the configuration is refused" =
      ask.refuses
        (ask.one (withKeys { inherit anthropic; } // { configFile = "/etc/opencode.json"; }))
        [ "because `configFile` is set" ];
    "another address is refused" =
      ask.refuses (contradicts { provider.anthropic.options.baseURL = "https://api.anthropic.com/v1"; })
        [
          "services.opencode.instances.x.config.provider.anthropic.options.baseURL is set"
          "http://127.0.0.1:3129/v1"
        ];
    "and one of the defaults" =
      ask.refuses
        (ask.overDefaults.layered {
          config.provider.anthropic.options.baseURL = "https://api.anthropic.com/v1";
        } (withKeys { inherit anthropic; }))
        [ "services.opencode.instances.x.config.provider.anthropic.options.baseURL is set" ];
    "a key that the server would have is refused" =
      ask.refuses (contradicts { provider.anthropic.options.apiKey = "{env:ANTHROPIC_API_KEY}"; })
        [ "services.opencode.instances.x.config.provider.anthropic.options.apiKey is set" ];
    "a provider whose id is no name of a unit is refused" =
      ask.refuses (one { "a/b" = anthropic; })
        [ "services.opencode.instances.x.network.credentials has \"a/b\"" ];
    "an instance with the name of the unit is refused" =
      ask.refuses
        (ask.instances {
          x = withKeys { inherit anthropic; };
          credentials = { };
        })
        [ "\"credentials\" needs the unit opencode-credentials" ];
    "an instance with the name of a door is refused" =
      ask.refuses
        (ask.instances {
          x = withKeys { inherit anthropic; };
          x-credential-anthropic = { };
        })
        [ "\"x-credential-anthropic\"" ];
    "defaults may hold the keys of all" = {
      expr =
        (ask.configOf (ask.overDefaults.layered { network = (withKeys { inherit anthropic; }).network; } { })
          "x"
        ).provider.anthropic.options.baseURL;
      expected = "http://127.0.0.1:3129/v1";
    };
  }
  // lib.listToAttrs (
    map
      (header: {
        name = "a header that is nginx's own is refused: ${header}";
        value = ask.refuses (one { anthropic = anthropic // { inherit header; }; }) [
          "services.opencode.instances.x.network.credentials.anthropic.header is \"${header}\""
        ];
      })
      [
        "Host"
        "Connection"
        "content-length"
        "transfer-ENCODING"
        "Proxy-Authorization"
      ]
  );

  errors = lib.mapAttrs
    (_: change: {
      expr = nginxConfig (one { anthropic = anthropic // change; });
      message = "network.credentials.anthropic";
    })
    {
      "a provider without TLS is refused".upstream = "http://api.anthropic.com/v1";
      "a path that goes up is refused".upstream = "https://api.anthropic.com/v1/../v2";
      "a host that is an option is refused".upstream = "https://-a/v1";
      "a prefix that leaves no place for a key is refused".prefix = lib.fixedWidthString 501 "a" "";
      "a URL with a password is refused".upstream = "https://a:b@api.anthropic.com/v1";
      "a URL with a variable of nginx is refused".upstream = "https://api.anthropic.com/$host";
      "a header with a space is refused".header = "x api";
      "a header with an underscore, which many servers take for \"-\", is refused".header = "x_api_key";
      "a header with a colon is refused".header = "x-api-key:";
      "a header without a name is refused".header = "";
      "a header that ends the line is refused".header = "x-api-key\nHost";
      "a prefix that ends the string is refused".prefix = "a\"";
      "a key in the store is refused".keyFile = "/nix/store/key";
    };
}
