# Sharing of sessions with people outside.
{
  lib,
  declare,
  ...
}:
let
  inherit (lib.types) bool enum str;
in
{
  share =
    declare.optional
      (enum [
        "manual"
        "auto"
        "disabled"
      ])
      {
        description = ''
          Whether sessions can be published under a link at opencode's servers: when someone asks (`manual`), all of them
          (`auto`), or never (`disabled`). When unset, `manual`.
        '';
      };

  autoshare = declare.optional bool {
    description = "The older spelling of `share = \"auto\"`. Use `share`.";
  };

  enterprise =
    declare.section
      {
        url = declare.optional str {
          example = "https://share.example.org";
          description = "The address of your own sharing server.";
        };
      }
      {
        description = "Sharing within an organisation.";
      };
}
