# What else the operator puts into HOME, by the names that home-manager has for it.
{ lib, pkgs }:
let
  inherit (lib) mkOption types;

  # null takes away what `defaults` declare.
  content = types.nullOr (types.either types.lines types.path);
  json = (pkgs.formats.json { }).type;

  contents =
    attributes:
    mkOption (
      {
        type = types.attrsOf content;
        default = { };
      }
      // attributes
    );

  origin = "As text, or as a file: a Nix path, or a path in the store.";
in
{
  files = mkOption {
    type = types.attrsOf (
      # null takes away what `defaults` declare.
      types.nullOr (
        types.submodule {
          options = {
            text = mkOption {
              type = types.nullOr types.lines;
              default = null;
              description = "The content of the file.";
            };
            source = mkOption {
              type = types.nullOr (types.either types.str types.path);
              default = null;
              example = lib.literalExpression "./reference";
              description = ''
                What the link leads to, instead of `text`: a Nix path, a path in the store, or, as a string, the absolute
                path of a file on the machine. Both units have to be able to see that file.
              '';
            };
            kind = mkOption {
              type = types.enum [
                "file"
                "directory"
              ];
              default = "file";
              description = "What `source` is, if it is a string. For a Nix path, the module detects it.";
            };
          };
        }
      )
    );
    default = { };
    example = lib.literalExpression ''{ ".config/git/ignore".text = "*.log"; }'';
    description = ''
      Files and directories of the state directory, by their path below it. Each becomes a link that the setup unit
      makes. What is already in the place of the link is handled as `onConflict` says. A link that is no longer declared
      is removed.
    '';
  };

  context = mkOption {
    type = content;
    default = null;
    example = "Answer in English. Never push to main.";
    description = "The `AGENTS.md` of the instance: text that the model gets in every session. ${origin}";
  };

  agents = contents {
    example = lib.literalExpression "{ reviewer = ./agents/reviewer.md; }";
    description = ''
      Agents by name, each a Markdown file whose front matter has its settings. ${origin} Front matter that opencode
      cannot read is an error here: opencode would run the agent without its settings, rules included.
    '';
  };

  commands = contents {
    example = {
      changes = ''
        ---
        description: Sums up what has changed
        ---
        Sum up the changes since $1.
      '';
    };
    description = "Commands by name, each a Markdown file. ${origin}";
  };

  skills = contents {
    example = lib.literalExpression "{ release = ./skills/release; }";
    description = ''
      Skills by name: the text of a `SKILL.md`, a file with this text, or a directory that contains a `SKILL.md`. Its
      front matter needs the same `name`, and a `description`; opencode silently ignores a skill without a name.
    '';
  };

  tools = contents {
    example = lib.literalExpression "{ deploy = ./tools/deploy.ts; }";
    description = ''
      Tools by name: TypeScript, unless the name ends in `.js`. ${origin} A tool can only import what is
      beside it in the store: see `lockConfig`.
    '';
  };

  plugins = contents {
    example = lib.literalExpression "{ audit = ./plugins/audit.ts; }";
    description = ''
      Plugins by name: TypeScript, unless the name ends in `.js`. ${origin} A plugin runs inside the server, and can change
      any rule. Plugins from npm are in `config.plugin`.
    '';
  };

  themes = mkOption {
    type = types.attrsOf (types.nullOr (types.either types.path json));
    default = { };
    description = "Themes by name, as a file or as the content of one, for terminal clients that run with this HOME.";
  };

  tui = mkOption {
    type = types.nullOr json;
    default = null;
    example = {
      theme = "tokyonight";
    };
    description = "The content of `tui.json`, for terminal clients that run with this HOME. The server does not read it.";
  };
}
