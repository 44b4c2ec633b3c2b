# `network.credentials`: one nginx for all instances, outside their networks, which adds keys to what they ask providers.
#
#   server -> <unit>-credential-P.socket, its service -> /run/opencode-credential-sockets/<name>/P -> nginx -> provider
#
# Which key is added follows from the socket. An instance's sockets are in a directory of its own, which is for nginx and
# the doors, and each door sees that of its instance.
{
  lib,
  pkgs,
  utils,
}:
let
  namesOf = import ./names.nix { inherit lib; };
  values = import ../values.nix { inherit lib; };
  hardening = import ./hardening.nix;
  hangUp = import ./hang-up.nix { inherit pkgs; };

  user = "opencode_credentials";
  # That of ./door.nix.
  doors = "opencode_door";

  # Keys, for as long as nginx runs.
  directory = "/run/opencode-credentials";
in
# The package of nginx, and all instances.
package: instances:
let
  names = lib.mapAttrs namesOf (lib.filterAttrs (_: cfg: cfg.network.isolate) instances);
  withCredentials = lib.filterAttrs (_: one: one.credentials != [ ]) names;

  all = lib.concatLists (
    lib.mapAttrsToList (
      name: one: map (credential: credential // { instance = name; }) one.credentials
    ) withCredentials
  );

  # Two for each that a door passes on: no instance can take those of another.
  connections = 128 + 2 * lib.foldl' (sum: one: sum + one.connections) 0 all;

  # No name of an instance or a provider has a "+".
  idOf = one: "${one.instance}+${one.id}";

  serverOf =
    one:
    let
      # The host, with the port if there is one.
      host = lib.head (builtins.match "https://([^/]*).*" one.declared.upstream);
      isAuthorization = lib.toLower one.declared.header == "authorization";
    in
    ''

      server {
        listen unix:${one.socket};
        server_name ${one.instance};
        location ${one.path}/ {
          # nginx matches what it makes of a path, and passes on what it got. So what others may read differently is left out:
          # "/v2//../v1/x" is below /v1 here, where "//" is one "/", and below /v2/v1 elsewhere.
          if ($request_uri !~ "^${lib.escapeRegex one.path}/") { return 404; }
          if ($request_uri ~* "^[^?]*(#|\\x5c|%(25)*5c|([.]|%(25)*2e){2})") { return 404; }
          # In a variable, for the name to be resolved whenever an answer of the DNS has expired.
          set $provider https://${host};
          proxy_set_header Host ${host};
          proxy_set_header Connection "";
          ${lib.optionalString (!isAuthorization) ''
            proxy_set_header Authorization "";
          ''}include ${directory}/${idOf one}.conf;
          proxy_ssl_name ${lib.head (lib.splitString ":" host)};
        }
        ${lib.optionalString (one.path != "") "location / { return 404; }"}
      }
    '';

  # What holds for all servers.
  settings = ''
    include ${directory}/resolver.conf;
    # A line of the error log has the URL, and no header.
    access_log off;
    server_tokens off;
    client_max_body_size 0;
    client_body_temp_path /tmp/client-body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    proxy_ssl_verify on;
    proxy_ssl_verify_depth 5;
    proxy_ssl_server_name on;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    # Answers are streams, and a model may think for long before the first word.
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_request_buffering off;
    proxy_read_timeout 1h;
    proxy_send_timeout 1h;
    proxy_redirect off;
    # What the provider says is for the server, and not for nginx.
    proxy_ignore_headers X-Accel-Redirect X-Accel-Buffering X-Accel-Charset X-Accel-Limit-Rate;
    # The headers of an answer have to fit.
    proxy_buffer_size 32k;
    proxy_buffers 4 32k;
  '';

  nginxConf =
    name: events: servers:
    pkgs.writeText name ''
      daemon off;
      pid ${directory}/nginx.pid;
      error_log stderr warn;
      events { ${events} }
      http {
      ${settings}
      ${servers}
      }
    '';

  config = nginxConf "opencode-credentials-nginx.conf" "worker_connections ${toString connections};" (
    lib.concatMapStrings serverOf all
  );

  # For nginx to say what it makes of the part of one provider that is only known here.
  check = nginxConf "opencode-credentials-check.conf" "" ''
    server {
      listen unix:${directory}/check;
      location / {
        set $provider https://localhost;
        include ${directory}/check.conf;
      }
    }
  '';

  nginx = lib.getExe' package "nginx";

  prepare = import ./credentials-prepare.nix { inherit lib pkgs; } {
    inherit nginx check;
    credentials = map (one: one // { credential = idOf one; }) all;
  };
in
lib.optionalAttrs (all != [ ]) {
  services.opencode-credentials = {
    description = "Keys of the providers of opencode instances";
    documentation = [ "man:nginx(8)" ];
    after = [
      "network.target"
      "nss-lookup.target"
    ];
    serviceConfig = hardening.proxy // {
      LimitNOFILE = connections + 128;
      Type = "exec";
      User = user;
      Group = user;
      LoadCredential = map (one: "${idOf one}:${values.literal one.declared.keyFile}") all;
      # In the place of a file that is missing. With the space, it is no key.
      SetCredential = map (one: "${idOf one}:no key") all;
      RuntimeDirectory = baseNameOf directory;
      RuntimeDirectoryMode = "0700";
      # /run is empty but for what is named.
      BindPaths = [ directory ] ++ lib.mapAttrsToList (_: one: one.socketDirectory) withCredentials;
      ExecStartPre = [
        "${prepare}"
        # Those of an nginx that was killed.
        (utils.escapeSystemdExecArgs (
          [
            (lib.getExe' pkgs.coreutils "rm")
            "--force"
            "--"
          ]
          ++ map (one: one.socket) all
        ))
      ];
      ExecReload = [
        "${prepare}"
        hangUp
      ];
      ExecStart = utils.escapeSystemdExecArgs [
        nginx
        "-e"
        "stderr"
        "-c"
        config
      ];
      Restart = "always";
      RestartSec = 1;
    };
    unitConfig.StartLimitIntervalSec = 0;
  };

  # Not RuntimeDirectory=, which a restart would replace under the doors that have it mounted.
  tmpfiles = lib.mapAttrsToList (
    _: one: "d ${one.socketDirectory} 0750 ${user} ${doors} - -"
  ) withCredentials;

  users.${user} = {
    isSystemUser = true;
    group = user;
    description = "Keys of the providers of opencode instances";
  };
  groups.${user} = { };
}
