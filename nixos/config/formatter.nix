# Formatters that run on files after agents change them.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types)
    bool
    listOf
    str
    ;

  formatter = types.object {
    disabled = declare.optional bool {
      description = "Whether not to run it. When unset, it runs.";
    };
    command = declare.optional (listOf str) {
      example = lib.literalExpression ''[ "''${pkgs.nixfmt}/bin/nixfmt" "$FILE" ]'';
      description = "The program and its arguments; `$FILE` stands for the changed file.";
    };
    environment = declare.map str {
      example = {
        NO_COLOR = "1";
      };
      description = "Environment variables that it gets beside the server's.";
    };
    extensions = declare.optional (listOf str) {
      example = [ ".nix" ];
      description = "File name extensions, with their dot, of the files it is for.";
    };
  };
in
{
  formatter =
    declare.optional
      (types.union [
        bool
        (types.mapOf [ ] formatter)
      ])
      {
        example = lib.literalExpression ''
          {
            prettier.disabled = true;
            nixfmt = {
              command = [ "''${pkgs.nixfmt}/bin/nixfmt" "$FILE" ];
              extensions = [ ".nix" ];
            };
          }
        '';
        description = ''
          `true` turns the built-in formatters on, an attribute set turns them on and changes or adds some by name, `false`
          keeps them off. When unset, they are off. opencode 1.2 refuses `true`.
        '';
      };
}
