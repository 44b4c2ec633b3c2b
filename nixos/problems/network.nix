# Networks of their own that could not be made, and hosts that a configuration names and nobody allowed.
{ lib, pipeline }:
let
  inherit (import ./naming.nix { inherit lib; }) option names shared;
  namesOf = import ../units/network/names.nix { inherit lib; };

  isolated = lib.filterAttrs (_: cfg: cfg.network.isolate);

  isNumber = address: builtins.match "[0-9.]+|\\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*]?" address != null;

  errorsOf =
    instances: name: cfg:
    let
      unitNames = namesOf name cfg;
      # Instances whose own unit is one of this one's.
      clashing = lib.filter (other: lib.elem "opencode-${other}" unitNames.all) (lib.attrNames instances);
    in
    map (
      other:
      "services.opencode.instances: \"${name}\", which has a network of its own, and \"${other}\" both need the unit opencode-${other}. Rename one of them."
    ) clashing
    ++ lib.optional (cfg.listen.address != "localhost" && !isNumber cfg.listen.address)
      "${option name "listen.address"}: a server with a network of its own is reached through a socket unit, which listens on an IP address, and \"${cfg.listen.address}\" is none. Write its address, or 0.0.0.0 for every one."
    ++ lib.optional (cfg.serviceConfig ? NetworkNamespacePath)
      "${option name "serviceConfig"} has NetworkNamespacePath, which takes the place of the network that `network.isolate` gives the server. Leave one of them out."
    ++ lib.optional (lib.elem cfg.listen.port cfg.network.allowedHostPorts)
      "${option name "network.allowedHostPorts"} has ${toString cfg.listen.port}, where the server itself listens in its network. Leave it out, or set `listen.port`.";

  # The host of a URL, or null.
  hostOf =
    url:
    let
      parts = builtins.match "[a-zA-Z]+://([^/?#@]*@)?(\\[[^]]*]|[^/:?#]*).*" url;
    in
    if parts == null then null else lib.toLower (lib.elemAt parts 1);

  isLoopback =
    host:
    lib.elem host [
      "localhost"
      "127.0.0.1"
      "[::1]"
    ];

  isAllowed =
    network: host:
    lib.any (
      domain:
      if lib.hasPrefix "*." domain then
        lib.hasSuffix (lib.toLower (lib.removePrefix "*" domain)) host
      else
        lib.toLower domain == host
    ) network.allowedDomains
    # A range may have it: the proxy knows.
    || isNumber host && network.allowedAddresses != [ ];

  # What of a configuration names a host: [ { what; url; } ].
  urlsOf =
    environment: config:
    lib.mapAttrsToList (id: provider: {
      what = "provider.${id}.options.baseURL";
      url = provider.options.baseURL or null;
    }) (config.provider or { })
    ++ lib.mapAttrsToList (id: server: {
      what = "mcp.${id}.url";
      url = server.url or null;
    }) (config.mcp or { })
    ++ map (url: {
      what = "skills.urls";
      inherit url;
    }) (config.skills.urls or [ ])
    ++ map (plugin: {
      what = "plugin (${plugin})";
      url = environment.npm_config_registry or "https://registry.npmjs.org/";
    }) (lib.filter isFromRegistry (map nameOfPlugin (config.plugin or [ ])));

  nameOfPlugin = plugin: if lib.isList plugin then lib.head plugin else plugin;
  isFromRegistry = plugin: builtins.match "(file:|[a-z]+://|[./~]).*" plugin == null;

  # Who writes a list may believe that it holds.
  unusedOf =
    name: cfg:
    map (
      list:
      "${option name "network.${list}"} has no effect without `network.isolate`: the server has the network of the host. Set `isolate`, or leave the list out."
    ) (lib.filter (list: cfg.network.${list} != [ ]) [
      "allowedDomains"
      "allowedAddresses"
      "allowedHostPorts"
    ]);

  warningsOf =
    name: cfg:
    lib.concatMap (
      { what, url }:
      let
        host = if lib.isString url then hostOf url else null;
      in
      lib.optional
        (host != null && !lib.hasInfix "{" host && !isLoopback host && !isAllowed cfg.network host)
        "${option name "config.${what}"} needs the host ${host}, which `network.allowedDomains` does not have: the server will not reach it. Add it there, or leave ${what} out."
    ) (lib.optionals (cfg.configFile == null) (urlsOf cfg.environment (pipeline.render cfg.config)));
in
{
  errors =
    instances:
    lib.concatLists (lib.mapAttrsToList (errorsOf instances) (isolated instances))
    ++
      lib.optional (instances ? resolver && isolated instances != { })
        "services.opencode.instances: \"resolver\" needs the unit opencode-resolver, which tells the proxies of `network.isolate` when the servers of the DNS change. Rename the instance."
    ++ lib.mapAttrsToList (
      address: sharers:
      "services.opencode.instances: the proxies of ${names sharers} would both listen on ${address}, which follows from the names. Rename one of them."
    ) (shared (cfg: cfg.proxyAddress) (lib.mapAttrs namesOf (isolated instances)));

  warnings =
    _defaults: instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg: if cfg.network.isolate then warningsOf name cfg else unusedOf name cfg
      ) instances
    );
}
