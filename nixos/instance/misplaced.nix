# Options that there are not, but that operators try: those of other modules for opencode, of units written by hand, and
# of our own past.
#
# They are declared, hidden, so that whoever sets one is told where the setting goes. Setting one is an error whatever
# its value is, and nothing reads the value.
{ lib }:
let
  opencodeCfg =
    config:
    "no longer exists. Set `${config}` instead, which is typed, or `configFile` to a file of your own";

  elsewhere = lib.mapAttrs (_: advice: "is not an option: ${advice}");

  ofInstance = {
    opencodeCfg = opencodeCfg "config";
  }
  // elsewhere {
    # opencode.json
    agent = "set `config.default_agent` to choose an agent, and `config.agent.<name>` to declare one";
    mcp = "set `config.mcp` instead";
    model = "set `config.model` instead";
    permission = "set `config.permission` instead";
    provider = "set `config.model`, which names the provider (\"anthropic/claude-sonnet-4-5\"), and put its settings in `config.provider.<name>`";
    settings = "set `config` instead, and `config.extraConfig` for keys that have no option";

    # Other files of opencode's configuration folder
    enableMcpIntegration = "declare the servers in `config.mcp.<name>`";
    rules = "set `context` instead";

    # The unit
    extraPackages = "set `path` instead";
    host = "set `listen.address` instead";
    networkIsolation = "set `network.isolate` instead, and `network.allowedDomains` to what may be reached";
    port = "set `listen.port` instead";
    preStart = "set `preInitScript` instead";
    script = "set `preInitScript` or `postInitScript` for commands before the server starts. The server itself is `package` with `extraArgs`";
    systemPackages = "set `path` instead";
    web = "every server has the web interface. Set `listen`, `extraArgs` and `environmentFile` of the instance";
  };

  ofService = {
    opencodeCfg = opencodeCfg "instances.<name>.config";
  }
  // elsewhere {
    extraPackages = "set `instances.<name>.path`, or `defaults.path` for all instances";
    package = "set `instances.<name>.package`, or `defaults.package` for all instances";
    settings = "set `instances.<name>.config`, or `defaults.config` for all instances";
    web = "each of `instances` is a server with the web interface: `instances.<name> = { };`";
  };

  declare = lib.mapAttrs (
    _: _:
    lib.mkOption {
      type = lib.types.raw;
      default = null;
      visible = false;
    }
  );

  isSet = option: option.highestPrio < (lib.mkOptionDefault null).priority;

  sentence =
    predicate: loc: files:
    "${lib.showOption loc} ${predicate} (it is set in ${lib.showFiles files}).";

  errorsAmong =
    predicates: options:
    lib.mapAttrsToList (
      name: predicate: sentence predicate options.${name}.loc options.${name}.files
    ) (lib.filterAttrs (name: _: isSet options.${name}) predicates);
in
{
  # The declarations for `defaults`, and for `services.opencode` itself.
  instanceOptions = declare ofInstance;
  serviceOptions = declare ofService;

  # A sentence for each that is set, given the evaluated options of the same place.
  errorsOfInstance = errorsAmong ofInstance;
  errorsOfService = errorsAmong ofService;

  # An instance has no declarations of them, which would cost each instance as much as its own options. What is set of them
  # reads as the sentence instead, and anything else is refused.
  inInstance = lib.mapAttrs (_: sentence) ofInstance;
  errorsOfConfig = instance: lib.attrValues (builtins.intersectAttrs ofInstance instance);
}
