# Options that operators try and that are elsewhere: whoever sets one is told where.
{ lib, ask, ... }:
let
  inherit (ask) of one;

  unitOf = config: ask.unitText config "opencode-x";

  # Of what is set in an instance, and where its error has to send the operator.
  destinations = {
    agent = "config.default_agent";
    enableMcpIntegration = "config.mcp";
    extraPackages = "path";
    host = "listen.address";
    mcp = "config.mcp";
    model = "config.model";
    networkIsolation = "network.isolate";
    opencodeCfg = "config";
    permission = "config.permission";
    port = "listen.port";
    preStart = "preInitScript";
    provider = "config.provider";
    rules = "context";
    script = "preInitScript";
    settings = "config";
    systemPackages = "path";
    web = "listen";
  };

  refused = expr: message: { inherit expr message; };
in
{
  errors =
    lib.mapAttrs' (
      name: destination:
      lib.nameValuePair "${name} of an instance is refused with the place where it goes" (
        refused (unitOf (one {
          ${name} = { };
        })) "instances.x.${name} (is not an option|no longer exists).*${destination}"
      )
    ) destinations
    // {
      "a misplaced option in defaults is told of under defaults, without an instance" = refused (of {
        defaults.model = "a";
      }).assertions "services.opencode.defaults.model is not an option: set .config.model.";

      "settings for all instances are sent to defaults" = refused (of {
        settings = { };
      }).assertions "services.opencode.settings is not an option: .*defaults.config";
      "a package for all instances is sent to defaults" = refused (of {
        package = null;
      }).assertions "services.opencode.package is not an option: .*defaults.package";
      "opencodeCfg for all instances is refused" = refused (of {
        opencodeCfg = { };
      }).assertions "services.opencode.opencodeCfg no longer exists";
      "opencodeCfg of defaults is refused" = refused (of {
        defaults.opencodeCfg = { };
      }).assertions "services.opencode.defaults.opencodeCfg no longer exists";

      # Whatever else is set.
      "opencodeCfg = null is refused" =
        refused (unitOf (one {
          opencodeCfg = null;
        })) "instances.x.opencodeCfg no longer exists";
      "opencodeCfg of a disabled instance is refused" = refused (ask.instances {
        x = {
          enable = false;
          opencodeCfg = null;
        };
        y = { };
      }).systemd.services "instances.x.opencodeCfg no longer exists";
      "opencodeCfg is refused where no instance runs" = refused (of {
        enable = false;
        instances.x.opencodeCfg = null;
      }).systemd.services "instances.x.opencodeCfg no longer exists";
      "opencodeCfg is refused where it is all that is set" = refused (of {
        opencodeCfg = null;
      }).systemd.services "services.opencode.opencodeCfg no longer exists";
      "opencodeCfg with a weak priority is refused" = refused (unitOf (one {
        opencodeCfg = lib.mkDefault null;
      })) "instances.x.opencodeCfg no longer exists";
      "opencodeCfg is refused for whoever reads the instance only" = refused (one {
        opencodeCfg = null;
      }).services.opencode.instances.x.directory "instances.x.opencodeCfg no longer exists";

      "all that is misplaced is told of at once" = refused (ask.instances {
        x.model = "a";
        y.settings = { };
      }).assertions "instances.x.model is .*instances.y.settings ";
      "a misspelt option of an instance is refused, with the one that was meant" = refused (unitOf (one {
        direcotry = "/srv/x";
      })) "instances.x.direcotry' does not exist.*Did you mean `services.opencode.instances.x.directory'";
      "a misspelt option of a set of options is refused, with the one that was meant" =
        refused (unitOf (one {
          listen.prot = 1;
        })) "instances.x.listen.prot' does not exist.*Did you mean `services.opencode.instances.x.listen.port'";
      "a misspelt option beside a misplaced one is refused" = refused (unitOf (one {
        model = "a";
        direcotry = "/srv/x";
      })) "instances.x.direcotry' does not exist";
      "a misplaced option that is set by mkForce is refused" = refused (unitOf (one {
        model = lib.mkForce "a";
      })) "instances.x.model is not an option";
      "a name that needs quotes has them" = refused (ask.instances {
        "my.proj".model = "a";
      }).assertions "services.opencode.instances.\"my.proj\".model ";
    };

  tests = {
    "every misplaced option has a test of its own" = {
      expr = lib.attrNames (import ../../instance/misplaced.nix { inherit lib; }).instanceOptions;
      expected = lib.attrNames destinations;
    };
    "who reads an instance sees none of them" = {
      expr = lib.intersectLists (lib.attrNames destinations) (
        lib.attrNames (one { }).services.opencode.instances.x
      );
      expected = [ ];
    };
    "they are in no documentation" = {
      expr = lib.filter (option: option.visible or true != false) (
        lib.attrValues (import ../../instance/misplaced.nix { inherit lib; }).instanceOptions
      );
      expected = [ ];
    };
  };
}
