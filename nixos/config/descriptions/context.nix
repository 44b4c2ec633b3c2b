# What agents are given to read beside the project itself.
{
  attachment.description = "What happens to files that are attached to a message.";

  "attachment.image".description = "Images.";

  "attachment.image.auto_resize".description = "Whether to scale down images that are over the limits. When unset, yes; otherwise they are refused.";

  "attachment.image.max_base64_bytes" = {
    example = 4000000;
    description = "Largest image to send to a model, in bytes of its base64 text. When unset, 5242880 (5 MiB).";
  };

  "attachment.image.max_height" = {
    example = 1568;
    description = "Highest image to send to a model, in pixels. When unset, 2000.";
  };

  "attachment.image.max_width" = {
    example = 1568;
    description = "Widest image to send to a model, in pixels. When unset, 2000.";
  };

  instructions = {
    example = [
      "CONTRIBUTING.md"
      "docs/*.md"
    ];
    description = ''
      Files whose text joins every agent's prompt, beside `AGENTS.md`: paths and patterns relative to the project,
      absolute paths, or URLs. Lists from other configuration files (such as the project's own) add to it.
    '';
  };

  reference = {
    visible = "shallow";
    description = "The older name of `references`. Use `references`.";
  };

  references = {
    exampleText = ''
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

  "references.<name>.branch" = {
    example = "master";
    description = "The branch to check out. When unset, the repository's default branch.";
  };

  "references.<name>.description" = {
    example = "The package set this project builds on";
    description = "What is to be found there, for agents to read.";
  };

  "references.<name>.hidden".description = "Whether to leave it out of the `@` completion. When unset, it is listed.";

  "references.<name>.path" = {
    example = "../shared";
    description = "The local directory. A relative one is relative to the project.";
  };

  "references.<name>.repository" = {
    example = "https://github.com/NixOS/nixpkgs";
    description = "The git repository to clone, as a URL or `owner/name`.";
  };

  skills.description = "Where to find skills: instructions that an agent loads when it needs them.";

  "skills.paths" = {
    example = [ "/srv/skills" ];
    description = "Directories to look for skills in, beside the usual ones.";
  };

  "skills.urls" = {
    example = [ "https://example.com/.well-known/skills/" ];
    description = "Where to fetch skills from when the server starts.";
  };
}
