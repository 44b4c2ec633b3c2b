# How the interface looks. Most of it left opencode.json for tui.json and is kept for older versions.
let
  movedToTui = "Read by opencode before 1.2.15; newer versions ignore it here and read it from tui.json, and evaluation warns.";
in
{
  keybinds = {
    example = {
      leader = "ctrl+x";
      session_new = "<leader>n";
    };
    description = "Keys of the terminal interface, by the name of what they do; `\"none\"` frees a key. ${movedToTui}";
  };

  layout.description = "Without effect: upstream always stretches the layout, and keeps the key for older files.";

  theme = {
    example = "tokyonight";
    description = "The colour theme of the terminal interface. ${movedToTui}";
  };

  tui.description = "The terminal interface. ${movedToTui}";

  "tui.diff_style".description = "Whether changes are shown side by side where there is room (`auto`), or always in one column (`stacked`).";

  "tui.scroll_acceleration".description = "Acceleration of scrolling.";

  "tui.scroll_acceleration.enabled".description = "Whether scrolling speeds up while the wheel turns. It takes the place of `scroll_speed`. When unset, no.";

  "tui.scroll_speed" = {
    example = 3;
    description = "Lines per turn of the mouse wheel, at least 0.001. When unset, 3.";
  };

  username = {
    example = "ops";
    description = "The name that messages of a person carry. When unset, the name of the system user.";
  };
}
