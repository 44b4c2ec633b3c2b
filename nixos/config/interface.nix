# How the interface looks. Most of it left opencode.json for tui.json and is kept for older versions.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types)
    addCheck
    bool
    enum
    number
    str
    ;

  movedToTui = "Read by opencode before 1.2.15; newer versions ignore it here and read it from tui.json, and evaluation warns.";
in
{
  username = declare.optional str {
    example = "ops";
    description = "The name that messages of a person carry. When unset, the name of the system user.";
  };

  layout =
    declare.optional
      (enum [
        "auto"
        "stretch"
      ])
      {
        description = "Without effect: upstream always stretches the layout, and keeps the key for older files.";
      };

  theme = declare.optional str {
    example = "tokyonight";
    description = "The colour theme of the terminal interface. ${movedToTui}";
  };

  keybinds = declare.map str {
    example = {
      leader = "ctrl+x";
      session_new = "<leader>n";
    };
    description = ''
      Keys of the terminal interface, by the name of what they do; `"none"` frees a key. ${movedToTui}
    '';
  };

  tui =
    declare.section
      {
        scroll_speed = declare.optional (addCheck number (value: value >= 0.001)) {
          example = 3;
          description = "Lines per turn of the mouse wheel, at least 0.001. When unset, 3.";
        };
        scroll_acceleration =
          declare.section
            {
              enabled = declare.optional bool {
                description = "Whether scrolling speeds up while the wheel turns. It takes the place of `scroll_speed`. When unset, no.";
              };
            }
            {
              description = "Acceleration of scrolling.";
            };
        diff_style =
          declare.optional
            (enum [
              "auto"
              "stacked"
            ])
            {
              description = "Whether changes are shown side by side where there is room (`auto`), or always in one column (`stacked`).";
            };
      }
      {
        description = "The terminal interface. ${movedToTui}";
      };
}
