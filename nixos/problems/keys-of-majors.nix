# Keys of opencode.json that the opencode of an instance does not read as they are meant. An instance is wholly in the keys
# of 1, which 2 reads as well, or wholly in those of 2: one key of 1 makes 2 read the file as one of 1, and drop its own.
{ lib, pipeline }:
let
  inherit (import ./naming.nix { inherit lib; }) option names;
  opencode = import ../opencode { inherit lib; };
  askedAt = import ../asked-at.nix { inherit lib; };
  keys = lib.importJSON ../opencode/keys.json;

  quoted = list: names (map (key: "`${key}'") list);

  # The keys of each major that a configuration has.
  keysOf =
    config:
    let
      rendered = pipeline.render config;
      servers = rendered.mcp or { };
      # A set of places in 1, a list of them in 2.
      skills = rendered.skills or null;
      among = lib.filter (key: rendered ? ${key});
    in
    {
      ofOne =
        among keys.ofOne
        ++ map (name: "mcp.${name}") (
          lib.attrNames (lib.filterAttrs (name: server: name != "servers" && server ? type) servers)
        )
        ++ lib.optional (lib.isAttrs skills) "skills";
      ofTwo =
        among keys.ofTwo
        ++ lib.optional (servers ? servers) "mcp.servers"
        # As a list, which only `extraConfig` can make of it.
        ++ lib.optional (lib.isList skills) "skills";
    };

  # No instance is to pay for what few have.
  mayHaveKeysOfTwo =
    config:
    config.permissions != null
    || config.agents != null
    || config.mcp != null
    || config.extraConfig != null;

  isAsked = cfg: cfg.configFile == null && mayHaveKeysOfTwo cfg.config;
in
{
  errors =
    instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg:
        let
          found = keysOf cfg.config;
        in
        lib.optional
          (
            (opencode.of cfg).readsKeysOfTwo && isAsked cfg && found.ofOne != [ ] && found.ofTwo != [ ]
          )
          "${option name "config"} (with `defaults`) has keys of opencode 1 (${quoted found.ofOne}) and keys of opencode 2 (${quoted found.ofTwo}). opencode 2 would read it as a configuration of opencode 1, and silently ignore the keys of 2. Use the keys of one major version only."
      ) instances
    );

  warnings =
    _defaults: instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg:
        let
          major = opencode.of cfg;
          inherit (keysOf cfg.config) ofTwo;
          ignored = lib.filter (path: lib.attrByPath path null cfg.config != null) major.ignoredKeys;
        in
        lib.optional (isAsked cfg && !major.readsKeysOfTwo && ofTwo != [ ])
          "${option name "config"}: opencode 1 ignores ${quoted ofTwo}, which only opencode 2 knows. Use the keys of opencode 1, or set `package` to opencode 2."
        ++
          lib.optional (major.dropsInSilence && !(cfg.checkOnStart && askedAt cfg.listen.address != null))
            "${option name "checkOnStart"} is false, or `listen.address` is a host name, so nothing checks whether opencode ${toString major.api} has read its configuration. If a value has a wrong type, it ignores the whole configuration, and allows every tool. Remove `checkOnStart = false`, and set `listen.address` to an IP address."
        ++
          lib.optional (cfg.configFile == null && ignored != [ ])
            "${option name "config"}: opencode ${toString major.api} ignores ${quoted (map lib.showOption ignored)}. Remove it."
      ) instances
    );
}
