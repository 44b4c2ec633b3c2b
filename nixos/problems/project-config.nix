# Rules that the project can lift.
{ lib, pipeline }:
let
  inherit (import ./naming.nix { inherit lib; }) option names;
  inherit (import ../lib/ordered.nix { inherit lib; }) withoutOrder;

  isStrict = action: action == "deny" || action == "ask";

  # [ "bash" ] of { bash."git push *" = "deny"; edit = "allow"; }; all of them of "deny".
  strictIn =
    rules:
    if isStrict rules then
      [ "*" ]
    else if lib.isAttrs rules then
      lib.attrNames (
        lib.filterAttrs (_: rule: isStrict rule || lib.isAttrs rule && lib.any isStrict (lib.attrValues rule)) rules
      )
    else
      [ ];

  strictRules =
    cfg:
    let
      rendered = withoutOrder (
        pipeline.render (
          builtins.intersectAttrs {
            permission = null;
            agent = null;
          } cfg.config
        )
      );
      below = prefix: map (rule: if rule == "*" then prefix else "${prefix}.${rule}");
    in
    below "permission" (strictIn (rendered.permission or null))
    ++ lib.concatLists (
      lib.mapAttrsToList (
        agent: settings: below "agent.${agent}.permission" (strictIn (settings.permission or null))
      ) (rendered.agent or { })
    );

  warningsOf =
    name: cfg:
    let
      rules = strictRules cfg;
    in
    lib.optional
      (cfg.projectConfig && !cfg.written.projectConfig && cfg.configFile == null && rules != [ ])
      "${option name "config"}: an opencode.json, an agent or a plugin in the project can override ${names rules}. Set `projectConfig = false` to prevent that, or `projectConfig = true` to allow it without this warning.";
in
_defaults: instances: lib.concatLists (lib.mapAttrsToList warningsOf instances)
