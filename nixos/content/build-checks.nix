# What can only be looked at once it is built: a skill that a package has. Shell commands, for a build.
#
# front-matter.nix says more of files that are at hand when the system is evaluated.
{ lib }:
links:
lib.concatMapStrings (
  link:
  lib.optionalString (link ? skill) ''
    file=${lib.escapeShellArg "${link.source}${lib.optionalString (link.kind or "file" == "directory") "/SKILL.md"}"}
    if ! sed -n '2,/^---$/p' "$file" | grep -q ${lib.escapeShellArg "^name: *[\"']\\?${lib.escapeRegex link.skill}[\"']\\? *$"} ||
      [ "$(head -n 1 "$file")" != --- ] || [ "$(grep -c '^---$' "$file")" -lt 2 ]; then
      echo "$file: its front matter is broken or does not say \"name: ${link.skill}\", and opencode would not offer the skill" >&2
      exit 1
    fi
  ''
) links
