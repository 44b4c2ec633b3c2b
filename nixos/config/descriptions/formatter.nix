# Formatters that run on files after agents change them.
{
  formatter = {
    exampleText = ''
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

  "formatter.<name>.command" = {
    exampleText = ''[ "''${pkgs.nixfmt}/bin/nixfmt" "$FILE" ]'';
    description = "The program and its arguments; `$FILE` stands for the changed file.";
  };

  "formatter.<name>.disabled".description = "Whether not to run it. When unset, it runs.";

  "formatter.<name>.environment" = {
    example = {
      NO_COLOR = "1";
    };
    description = "Environment variables that it gets beside the server's.";
  };

  "formatter.<name>.extensions" = {
    example = [ ".nix" ];
    description = "File name extensions, with their dot, of the files it is for.";
  };
}
