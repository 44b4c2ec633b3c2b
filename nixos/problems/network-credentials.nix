# Keys of providers that could not be kept from the server.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option names;
  namesOf = import ../units/network/names.nix { inherit lib; };

  # What says where a request goes and where it ends is nginx's own (RFC 9110, 7.2 and 7.6; RFC 9112, 6). A key in its place
  # would have providers take the rest of a request for another one, or turn every request away.
  headersOfNginx = [
    "connection"
    "content-length"
    "expect"
    "host"
    "http2-settings"
    "keep-alive"
    "proxy-connection"
    "te"
    "trailer"
    "transfer-encoding"
    "upgrade"
  ];

  errorsOf =
    name: cfg:
    let
      inherit (cfg.network) credentials;
      unitNames = namesOf name cfg;
      ids = lib.attrNames credentials;
      ofOption = option name "network.credentials";
      unusable = lib.filter (id: !unitNames.isProvider id) ids;
    in
    if credentials == { } then
      [ ]
    else if !cfg.network.isolate then
      [
        "${ofOption} (${names ids}) needs `network.isolate`: with the network of the host, a server could use the keys of every other. Set it to true, or give the server a key of its own with `credentials`."
      ]
    else if cfg.configFile != null then
      [
        "${ofOption} (${names ids}) sets the addresses of the providers in `config`, and `configFile` is in its place. Leave one of the two out."
      ]
    else
      map (
        id:
        "${ofOption} has \"${id}\", which cannot be part of a unit's name: use at most 64 letters, digits, \"-\", \"_\" and \".\", and start with a letter or digit."
      ) unusable
      ++ lib.concatMap (errorsOfProvider name cfg) unitNames.credentials;

  # Where `config` says something else, that would be what the server uses.
  errorsOfProvider =
    name: cfg: one:
    let
      wanted = (namesOf name cfg).optionsOfProviders.${one.id}.options;
      found = cfg.config.provider.${one.id}.options;
      contradicted = lib.filter (key: found.${key} or null != wanted.${key}) (lib.attrNames wanted);
      place = key: option name "config.provider.${one.id}.options.${key}";
    in
    map (
      key:
      "${place key} is set, and `network.credentials.${one.id}` sets it: the server is to ask ${one.baseURL} and to have no key. Leave it out, in `defaults` as well; `upstream` and `keyFile` say where requests go, and with what."
    ) contradicted
    ++
      lib.optional (lib.elem (lib.toLower one.declared.header) headersOfNginx)
        "${option name "network.credentials.${one.id}.header"} is \"${one.declared.header}\", which says where a request goes or where it ends, and cannot contain a key. Name the header in which the provider expects it, such as \"Authorization\"."
    # Of the address of a socket, the kernel takes 108 bytes with the one that ends it.
    ++ lib.optional (lib.stringLength one.socket > 107)
      "${option name "network.credentials"}: the path of the socket for ${one.id}, ${one.socket}, is longer than 107 characters. Shorten the name of the instance.";
in
instances:
lib.concatLists (lib.mapAttrsToList errorsOf instances)
++
  lib.optional
    (
      instances ? credentials
      && lib.any (cfg: cfg.network.isolate && cfg.network.credentials != { }) (lib.attrValues instances)
    )
    "services.opencode.instances: \"credentials\" needs the unit opencode-credentials, which holds the keys of `network.credentials`. Rename the instance."
