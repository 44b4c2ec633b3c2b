# What the operator should know about values that evaluate well and that opencode ignores or refuses.
{
  lib,
  render,
  # undone-rules.nix
  undoneRules,
}:
evaluatedConfig:
let
  movedToTui = [
    "theme"
    "keybinds"
    "tui"
  ];

  # No more than what the warnings are about, since every instance is asked.
  rendered = render (
    builtins.intersectAttrs (lib.genAttrs (
      movedToTui
      ++ [
        "agent"
        "extraConfig"
        "lsp"
        "mode"
        "permission"
        "tools"
      ]
    ) (_key: null)) evaluatedConfig
  );
in
lib.concatMap (
  key:
  lib.optional (rendered ? ${key})
    "opencode.json: `${key}' is ignored by opencode 1.2.15 and newer, which reads it from tui.json. Move it to ~/.config/opencode/tui.json of the user who runs the terminal interface."
) movedToTui
++ lib.optional (lib.isAttrs rendered.lsp or null && rendered.lsp ? enabled) (
  "opencode.json: `lsp.enabled' makes opencode exit with \"Configuration is invalid\" (seen with 1.2.11 and 1.18.33). "
  + (
    if rendered.lsp.enabled == false then
      "Write `lsp = false' to keep language servers off."
    else
      "Write `lsp = true' to turn the built-in language servers on."
  )
)
++ undoneRules rendered
