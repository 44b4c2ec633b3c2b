# Questions to an evaluated system: what did the module make of these instances?
{ lib, evalNixos }:
let
  # What we say begins with the option it is about; NixOS has assertions and warnings of its own.
  ours = lib.filter (lib.hasPrefix "services.opencode");

  missingIn = text: lib.filter (part: !lib.hasInfix part text);
in
rec {
  options = (evalNixos [ ]).options;

  system = module: (evalNixos [ module ]).config;
  of = opencode: system { services.opencode = opencode; };
  instances = instances: of { inherit instances; };

  # Older versions of Nix take no text that knows which store paths it names for JSON.
  plain = builtins.unsafeDiscardStringContext;

  # The instance `x`, alone.
  one = x: instances { inherit x; };

  # The instance `x` over `defaults`: the system, the content of its opencode.json, and its options.
  overDefaults =
    let
      layered =
        defaults: x:
        of {
          inherit defaults;
          instances = { inherit x; };
        };
    in
    {
      inherit layered;
      configOf = defaults: config: configOf (layered { config = defaults; } { inherit config; }) "x";
      optionsOf = defaults: x: (layered defaults x).services.opencode.instances.x;
    };

  unitText = config: unit: plain config.systemd.units."${unit}.service".text;
  unitNames =
    config:
    lib.sort lib.lessThan (
      map (lib.removeSuffix ".service") (
        lib.filter (unit: lib.hasPrefix "opencode" unit && lib.hasSuffix ".service" unit) (
          lib.attrNames config.systemd.units
        )
      )
    );

  # All values of a directive in a unit's text, in order.
  directive =
    config: unit: name:
    map (lib.removePrefix "${name}=") (
      lib.filter (lib.hasPrefix "${name}=") (lib.splitString "\n" (unitText config unit))
    );

  # The value of a directive that is there once.
  value =
    config: unit: name:
    let
      values = directive config unit name;
    in
    if lib.length values == 1 then
      lib.head values
    else
      throw "${unit} has ${toString (lib.length values)} ${name}=";

  # The value of a variable in a unit's environment, as systemd reads it, or null.
  variable =
    config: unit: name:
    let
      lines = map builtins.fromJSON (directive config unit "Environment");
      line = lib.findFirst (lib.hasPrefix "${name}=") null lines;
    in
    if line == null then null else lib.removePrefix "${name}=" line;

  searchPath = config: unit: map packageName (lib.splitString ":" (variable config unit "PATH"));
  packageName = path: builtins.elemAt (builtins.match "${builtins.storeDir}/.{32}-([^/]*).*" path) 0;

  manifestFile = config: name: config.environment.etc."opencode-setup/${name}.json".source;
  manifest = config: name: builtins.fromJSON (plain (manifestFile config name).text);

  # Where the link to the configuration points.
  configPath = config: name: (lib.head (manifest config name).links).source;
  configText = config: name: builtins.readFile (configPath config name);
  configOf = config: name: removeAttrs (builtins.fromJSON (configText config name)) [ "$schema" ];

  hook =
    config: name: phase:
    builtins.readFile (manifest config name).${phase};

  errors =
    config:
    ours (map (assertion: assertion.message) (lib.filter (one: !one.assertion) config.assertions));
  warnings = config: ours config.warnings;

  tmpfiles = config: lib.filter (lib.hasInfix "opencode") config.systemd.tmpfiles.rules;

  # A test that exactly one thing is refused, and that the text has all of `parts`.
  refuses = config: parts: {
    expr =
      let
        found = errors config;
      in
      if lib.length found == 1 then missingIn (lib.head found) parts else { inherit found; };
    expected = [ ];
  };

  accepts = config: {
    expr = errors config;
    expected = [ ];
  };

  warns = config: parts: {
    expr =
      let
        found = warnings config;
      in
      if lib.length found == 1 then missingIn (lib.head found) parts else { inherit found; };
    expected = [ ];
  };

  isSilent = config: {
    expr = warnings config;
    expected = [ ];
  };
}
