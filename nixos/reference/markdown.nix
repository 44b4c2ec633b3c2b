# Options as Markdown, for people who look one up.
{ lib }:
let
  inherit (lib) concatMapStringsSep optionalString;

  code = text: "`${text}`";

  # One line after the label, or a block below it.
  labelled =
    label: text:
    if lib.hasInfix "\n" text then
      ''
        - ${label}:

          ```nix
        ${concatMapStringsSep "\n" (line: optionalString (line != "") "  ${line}") (
          lib.splitString "\n" text
        )}
          ```
      ''
    else
      "- ${label}: ${code text}\n";

  shape =
    one:
    "${one.name} (with ${concatMapStringsSep ", " code one.required}${
      optionalString (one.optional != [ ]) "; may have ${concatMapStringsSep ", " code one.optional}"
    })";

  section =
    option:
    ''
      ### ${code option.name}

      ${option.description}

    ''
    + "- Type: ${option.type}\n"
    +
      optionalString (option.shapes != [ ])
        "- One of: ${concatMapStringsSep ", or " shape option.shapes}\n"
    + (
      if option.default == null then
        "- Default: none, it must be set\n"
      else
        labelled "Default" option.default
    )
    + optionalString (option.example != null) (labelled "Example" option.example)
    + "- Declared in: `nixos/${option.declaredIn}`\n";
in
options: concatMapStringsSep "\n" section options
