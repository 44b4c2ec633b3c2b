# Keys of providers that could not be kept from the server.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option names;
  namesOf = import ../units/network/names.nix { inherit lib; };

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
        "${ofOption} (${names ids}) needs `network.isolate`: a server with the network of the host could use the keys of all instances. Set `network.isolate = true`, or pass the key with `credentials`."
      ]
    else if cfg.configFile != null then
      [
        "${ofOption} (${names ids}) sets the addresses of the providers in `config`, which has no effect because `configFile` is set. Remove one of them."
      ]
    else
      map (
        id:
        "${ofOption} has \"${id}\", which cannot be part of a unit's name: use at most 64 letters, digits, \"-\", \"_\" and \".\", and start with a letter or digit."
      ) unusable
      ++ lib.concatMap (errorsOfProvider name cfg) unitNames.credentials;

  # Those that say how a message is framed, and where it goes: nginx makes them itself.
  headersOfConnections = [
    "connection"
    "content-length"
    "expect"
    "host"
    "http2-settings"
    "keep-alive"
    "te"
    "trailer"
    "transfer-encoding"
    "upgrade"
  ];
  isOfConnection =
    header:
    lib.elem (lib.toLower header) headersOfConnections || lib.hasPrefix "proxy-" (lib.toLower header);

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
      "${place key} is set, but `network.credentials.${one.id}` has to set it, so that the server asks ${one.baseURL} and has no key. Remove it, in `defaults` as well. `upstream` says where requests go, and `keyFile` has the key."
    ) contradicted
    ++ lib.optional (isOfConnection one.declared.header)
      "${option name "network.credentials.${one.id}.header"} is \"${one.declared.header}\", which describes the connection and carries no key. Name the header that the provider reads its key from."
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
