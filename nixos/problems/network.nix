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
      "services.opencode.instances: \"${name}\", which has `network.isolate`, and \"${other}\" both need the unit opencode-${other}. Rename one of them."
    ) clashing
    ++ lib.optional (cfg.listen.address != "localhost" && !isNumber cfg.listen.address)
      "${option name "listen.address"}: \"${cfg.listen.address}\" is not an IP address, and the socket unit of `network.isolate` needs one. Write an IP address, or 0.0.0.0 for all addresses of the host."
    ++ lib.optional (cfg.serviceConfig ? NetworkNamespacePath)
      "${option name "serviceConfig"} sets NetworkNamespacePath, which would replace the network namespace of `network.isolate`. Remove one of them."
    ++ lib.optional (lib.elem cfg.listen.port cfg.network.allowedHostPorts)
      "${option name "network.allowedHostPorts"} has ${toString cfg.listen.port}, the port at which the server itself listens. Remove it, or set another `listen.port`.";

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
      "${option name "network.${list}"} has no effect without `network.isolate`: the server has the network of the host. Set `network.isolate = true`, or remove the list."
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
        "${option name "config.${what}"} needs the host ${host}, which is not in `network.allowedDomains`: the server cannot reach it. Add it there, or remove ${what}."
    ) (lib.optionals (cfg.configFile == null) (urlsOf cfg.environment (pipeline.render cfg.config)));
in
{
  errors =
    instances:
    lib.concatLists (lib.mapAttrsToList (errorsOf instances) (isolated instances))
    ++ lib.mapAttrsToList (
      address: sharers:
      "services.opencode.instances: the proxies of ${names sharers} would listen on the same address, ${address}, which is computed from their names. Rename one of them."
    ) (shared (cfg: cfg.proxyAddress) (lib.mapAttrs namesOf (isolated instances)));

  warnings =
    _defaults: instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg: if cfg.network.isolate then warningsOf name cfg else unusedOf name cfg
      ) instances
    );
}
