# What agents are given to read beside the project itself.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types)
    bool
    ints
    listOf
    str
    ;

  reference = types.union [
    str
    (types.shapedObject {
      options = {
        repository = declare.optional str {
          example = "https://github.com/NixOS/nixpkgs";
          description = "The git repository to clone, as a URL or `owner/name`.";
        };
        branch = declare.optional str {
          example = "master";
          description = "The branch to check out. When unset, the repository's default branch.";
        };
        path = declare.optional str {
          example = "../shared";
          description = "The local directory. A relative one is relative to the project.";
        };
        description = declare.optional str {
          example = "The package set this project builds on";
          description = "What is to be found there, for agents to read.";
        };
        hidden = declare.optional bool {
          description = "Whether to leave it out of the `@` completion. When unset, it is listed.";
        };
      };
      shapes = [
        {
          name = "a git repository";
          required = [ "repository" ];
          optional = [
            "branch"
            "description"
            "hidden"
          ];
        }
        {
          name = "a local directory";
          required = [ "path" ];
          optional = [
            "description"
            "hidden"
          ];
        }
      ];
    })
  ];
in
{
  instructions = declare.optional (listOf str) {
    example = [
      "CONTRIBUTING.md"
      "docs/*.md"
    ];
    description = ''
      Files whose text joins every agent's prompt, beside `AGENTS.md`: paths and patterns relative to the project,
      absolute paths, or URLs. Lists from other configuration files (such as the project's own) add to it.
    '';
  };

  references = declare.map reference {
    example = lib.literalExpression ''
      {
        nixpkgs.repository = "NixOS/nixpkgs";
        shared = {
          path = "../shared";
          description = "Code shared by all projects";
        };
      }
    '';
    description = ''
      Directories and git repositories that agents may read as `@<name>`: a git repository, a local directory, or
      either of them as one string.
    '';
  };

  reference = declare.map reference {
    visible = "shallow";
    description = "The older name of `references`. Use `references`.";
  };

  skills =
    declare.section
      {
        paths = declare.optional (listOf str) {
          example = [ "/srv/skills" ];
          description = "Directories to look for skills in, beside the usual ones.";
        };
        urls = declare.optional (listOf str) {
          example = [ "https://example.com/.well-known/skills/" ];
          description = "Where to fetch skills from when the server starts.";
        };
      }
      {
        description = "Where to find skills: instructions that an agent loads when it needs them.";
      };

  attachment =
    declare.section
      {
        image =
          declare.section
            {
              auto_resize = declare.optional bool {
                description = "Whether to scale down images that are over the limits. When unset, yes; otherwise they are refused.";
              };
              max_width = declare.optional ints.positive {
                example = 1568;
                description = "Widest image to send to a model, in pixels. When unset, 2000.";
              };
              max_height = declare.optional ints.positive {
                example = 1568;
                description = "Highest image to send to a model, in pixels. When unset, 2000.";
              };
              max_base64_bytes = declare.optional ints.positive {
                example = 4000000;
                description = "Largest image to send to a model, in bytes of its base64 text. When unset, 5242880 (5 MiB).";
              };
            }
            {
              description = "Images.";
            };
      }
      {
        description = "What happens to files that are attached to a message.";
      };
}
