# Arguments of extraArgs that keep the server from serving: on one that it does not know it prints its help and exits, and
# of one that is given twice it takes neither value.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  opencode = import ../opencode { inherit lib; };

  # Flags of other commands, and where the setting goes.
  advice = {
    "--agent" = "Set `config.default_agent` instead.";
    "--config" = "Set `config` or `configFile` instead.";
    "--dir" = "Set `directory` instead.";
    "--help" = "Remove it.";
    "--model" = "Set `config.model` instead.";
    "--password" = "Set `auth.passwordFile` instead.";
    "--provider" = "Set `config.model` and `config.provider.<name>` instead.";
    "--version" = "Remove it.";
    "-m" = "Set `config.model` instead.";
  };

  flagOf =
    { otherSpellings, ... }:
    argument:
    let
      spelling = lib.head (lib.splitString "=" argument);
    in
    otherSpellings.${spelling} or spelling;

  isFlag = lib.hasPrefix "-";

  # What comes after "--" is read by nobody.
  beforeEnd =
    arguments:
    let
      end = lib.lists.findFirstIndex (argument: argument == "--") null arguments;
    in
    if end == null then arguments else lib.take end arguments;

  # Reads one argument, given what may follow those before it.
  read =
    major:
    { mayFollow, unknown }:
    argument:
    if isFlag argument then
      let
        flag = flagOf major argument;
        # All that follows an unknown flag may belong to it.
        follows = major.flags.${flag} or "values";
      in
      {
        mayFollow = if lib.hasInfix "=" argument && follows != "values" then "nothing" else follows;
        unknown = unknown ++ lib.optional (!major.flags ? ${flag}) flag;
      }
    else if mayFollow == "values" then
      { inherit mayFollow unknown; }
    else
      {
        mayFollow = "nothing";
        unknown =
          unknown
          ++ lib.optional (
            !(
              mayFollow == "value"
              || mayFollow == "boolean" && (argument == "true" || argument == "false")
            )
          ) argument;
      };

  unknownAmong =
    major: arguments:
    (lib.foldl' (read major) {
      mayFollow = "nothing";
      unknown = [ ];
    } arguments).unknown;

  # Flags that units/serve-command.nix gives, and the options they come from.
  givenFlags =
    cfg:
    {
      "--hostname" = "listen.address";
      "--port" = "listen.port";
    }
    // lib.optionalAttrs (cfg.logLevel != null) { "--log-level" = "logLevel"; };
in
name: cfg:
let
  major = opencode.of cfg;
  arguments = beforeEnd cfg.extraArgs;
  flagsAmong = map (flagOf major) (lib.filter isFlag arguments);
  given = lib.filterAttrs (flag: _: lib.elem flag flagsAmong) (givenFlags cfg);
in
lib.mapAttrsToList (
  flag: source:
  "${option name "extraArgs"}: the module already passes ${flag}, and a flag that is given twice has no effect. Set `${source}` instead."
) given
++ map (
  argument:
  "${option name "extraArgs"}: `opencode serve` does not know ${argument}, so it would print its help and exit. It knows ${lib.concatStringsSep ", " (lib.attrNames major.flags)}. ${
    advice.${argument} or "Remove it."
  }"
) (unknownAmong major arguments)
