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
          ''}proxy_ssl_name ${lib.head (lib.splitString ":" host)};
          include ${directory}/${idOf one}.conf;
        }
        ${lib.optionalString (one.path != "") "location / { return 404; }"}
      }
    '';

  nginx = lib.getExe' package "nginx";

  # By default they are where nginx was built for.
  temporaryFiles = lib.concatMapStringsSep " " (kind: "${kind}_temp_path /tmp/${kind};") [
    "client_body"
    "proxy"
    "fastcgi"
    "uwsgi"
    "scgi"
  ];

  config = pkgs.writeText "opencode-credentials-nginx.conf" ''
    daemon off;
    pid ${directory}/nginx.pid;
    error_log stderr warn;
    events { worker_connections ${toString connections}; }
    http {
      include ${directory}/resolver.conf;
      # A line of the error log has the URL, and no header.
      access_log off;
      server_tokens off;
      client_max_body_size 0;
      ${temporaryFiles}

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
    ${lib.concatMapStrings serverOf all}
    }
  '';

  # nginx asks the DNS by itself.
  findResolvers = pkgs.writeShellScript "opencode-credentials-resolvers" ''
    set -euo pipefail
    servers=()
    while read -r keyword address _; do
      case $keyword/$address in
        # A link-local server has a zone, which nginx does not take.
        nameserver/*%*) ;;
        nameserver/*:*) servers+=("[$address]") ;;
        nameserver/?*) servers+=("$address") ;;
      esac
    done < /etc/resolv.conf
    echo "resolver ''${servers[*]:-127.0.0.1};" > "$RUNTIME_DIRECTORY/resolver.conf"
  '';

  # Only commands of the shell see a key: arguments are for everyone to read.
  prepare = pkgs.writeShellScript "opencode-credentials-prepare" ''
    set -euo pipefail
    export LC_ALL=C

    # leave_out CREDENTIAL REASON: what is wrong with that of one instance is no reason to leave the others without theirs.
    leave_out() {
      echo "opencode-credentials: $1: $2. Until it is and opencode-credentials is restarted, requests are answered with 503" >&2
      echo 'return 503;' > "$RUNTIME_DIRECTORY/$1.conf"
    }

    # Whether nginx would start with these authorities: one that does not would be there for nobody.
    takes_authorities() {
      ${lib.getExe' pkgs.coreutils "cat"} > "$RUNTIME_DIRECTORY/check.conf" << END
    pid $RUNTIME_DIRECTORY/check.pid;
    events { }
    http {
      access_log off;
      ${temporaryFiles}
      server {
        listen unix:$RUNTIME_DIRECTORY/check.socket;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate "$1";
        location / { proxy_pass https://127.0.0.1; }
      }
    }
    END
      ${nginx} -q -t -e stderr -c "$RUNTIME_DIRECTORY/check.conf" >&2
    }

    # nginx takes no header from a file: the line of its configuration is written here, for its own user alone.
    # add CREDENTIAL FILE HEADER PREFIX AUTHORITIES
    add() {
      local key
      key=$(< "$CREDENTIALS_DIRECTORY/$1")
      # These end or change a string in quotes. nginx takes up to 4096 characters, and prints the beginning of more.
      if [[ ! $key =~ ^[[:graph:]]+$ || $key == *[\"\\\$]* || ''${#key} -gt 3000 ]]; then
        leave_out "$1" "$2 is missing, or no key that fits into a header: it must be one line of up to 3000 visible ASCII characters, without quotes, backslashes, dollar signs and spaces"
      elif ! takes_authorities "$5"; then
        leave_out "$1" "nginx cannot read certificates from $5 (the line before this one says why): it must be a PEM file that every user may read"
      else
        printf 'proxy_set_header %s "%s%s";\nproxy_ssl_trusted_certificate "%s";\nproxy_pass $provider;\n' "$3" "$4" "$key" "$5" > "$RUNTIME_DIRECTORY/$1.conf"
      fi
    }

    ${lib.concatMapStrings (
      one:
      "add ${
        lib.escapeShellArgs [
          (idOf one)
          one.declared.keyFile
          one.declared.header
          one.declared.prefix
          one.declared.caFile
        ]
      }\n"
    ) all}
    # Those of an nginx that was killed.
    ${lib.getExe' pkgs.coreutils "rm"} --force -- ${lib.escapeShellArgs (map (one: one.socket) all)}
  '';
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
        "${findResolvers}"
        "${prepare}"
      ];
      ExecStart = utils.escapeSystemdExecArgs [
        nginx
        "-e"
        "stderr"
        "-c"
        config
      ];
      # Answers that are on their way stay so. Keys stay as they are.
      ExecReload = [
        "${findResolvers}"
        "${lib.getExe' pkgs.coreutils "kill"} -HUP $MAINPID"
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
