# Keys of agents that evaluate, since the server takes any, and that it hands to the model without a word.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) option;

  advice = {
    primary = "Set `mode = \"primary\"` or `mode = \"subagent\"` instead.";
  };

  # null where nobody declares an agent, or takes one of `defaults` away.
  orEmpty = lib.defaultTo { };

  errorsOf =
    name: agentName: agent:
    lib.mapAttrsToList (
      key: what:
      "${
        option name (
          lib.showOption [
            "config"
            "agent"
            agentName
            key
          ]
        )
      }: opencode does not know this key, and passes it to the model as an option. ${what}"
    ) (lib.filterAttrs (key: _: (orEmpty agent).${key} or null != null) advice);
in
instances:
lib.concatLists (
  lib.mapAttrsToList (
    name: cfg: lib.concatLists (lib.mapAttrsToList (errorsOf name) (orEmpty cfg.config.agent))
  ) instances
)
