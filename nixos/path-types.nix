# Types for the paths that an operator names.
#
# All are strings, not Nix paths: a Nix path literal would be copied to the world-readable store,
# and the unit would then use the copy.
{ lib }:
let
  inherit (lib.options) mergeEqualOption showDefs showOption;

  components = lib.splitString "/";

  # What a path may not be: `broken` is asked of values that keep to the rules before it.
  rules = {
    isString = {
      broken = path: !lib.isString path;
      why = "is a Nix path, which would be copied to the world-readable store. Write it in quotes";
    };
    isNotEmpty = {
      broken = path: path == "";
      why = "is empty";
    };
    hasNoDash = {
      broken = lib.hasPrefix "-";
      why = "begins with \"-\", and this file cannot be an optional one";
    };
    hasNoTilde = {
      broken = lib.hasPrefix "~";
      why = "begins with ~, which is not expanded";
    };
    hasNoVariable = {
      broken = lib.hasPrefix "$";
      why = "begins with a variable, which is not expanded";
    };
    isAbsolute = {
      broken = path: !lib.hasPrefix "/" path;
      why = "is relative";
    };
    # With them, two spellings of one directory would pass as different ones.
    hasNoDots = {
      broken = path: lib.any (part: part == "." || part == "..") (components path);
      why = "has \".\" or \"..\" in it";
    };
    # It ends a path in BindPaths= and a field in passwd.
    hasNoColon = {
      broken = lib.hasInfix ":";
      why = "has a colon in it, at which systemd would take it apart";
    };
    # They cannot be written alike in every directive of a unit file.
    hasNoSpecialCharacter = {
      broken = path: builtins.match "[^[:cntrl:]\"\\\\]*" path == null;
      why = "has a quote, a backslash or a control character in it";
    };
    isOutsideStore = {
      broken = lib.hasPrefix "${builtins.storeDir}/";
      why = "is in the Nix store, where everyone can read it";
    };
  };

  ofAnyPath = [
    rules.isString
    rules.isNotEmpty
    rules.hasNoTilde
    rules.hasNoVariable
    rules.isAbsolute
    rules.hasNoDots
    rules.hasNoColon
    rules.hasNoSpecialCharacter
  ];

  # The check lets all pass that a rule can speak about. lib would only say of which type a value is not.
  pathType =
    {
      name,
      description,
      rules,
      # What the rules see of a value.
      view ? lib.id,
    }:
    lib.mkOptionType {
      inherit name description;
      descriptionClass = "noun";
      check = value: lib.isString value || lib.isPath value;
      merge =
        loc: definitions:
        let
          brokenBy =
            definition: lib.findFirst (rule: rule.broken (view definition.value)) null rules;
          refused = lib.filter (definition: brokenBy definition != null) definitions;
        in
        if refused == [ ] then
          mergeEqualOption loc definitions
        else
          throw "The path in `${showOption loc}' ${(brokenBy (lib.head refused)).why}. It must be an ${description}. It is set here:${showDefs refused}";
    };

  withoutDash = path: if lib.isString path then lib.removePrefix "-" path else path;

  plain = "without \".\", \"..\", colons, quotes and backslashes";
in
rec {
  absolute = pathType {
    name = "absolutePath";
    description = "absolute path as a string, ${plain}";
    rules = ofAnyPath;
  };

  # A leading "-" is systemd's sign for "only if it is there".
  optional = pathType {
    name = "optionalPath";
    description = "absolute path as a string, with \"-\" before it if it may be missing, ${plain}";
    rules = ofAnyPath;
    view = withoutDash;
  };

  secret = pathType {
    name = "secretPath";
    description = "absolute path of a file outside the Nix store, as a string, ${plain}";
    rules = [
      rules.isString
      rules.hasNoDash
    ]
    ++ ofAnyPath
    ++ [ rules.isOutsideStore ];
  };

  optionalSecret = pathType {
    name = "optionalSecretPath";
    description = "absolute path of a file outside the Nix store, as a string, with \"-\" before it if it may be missing, ${plain}";
    rules = ofAnyPath ++ [ rules.isOutsideStore ];
    view = withoutDash;
  };

  # A file that may be in the store: a package, a Nix path, or the name of one on the machine.
  any = lib.types.either (lib.types.addCheck absolute lib.isString) (
    lib.types.addCheck lib.types.path (path: !lib.isString path)
  );

  # "/srv//x/" and "/srv/x" are one directory; comparisons see only the second spelling.
  canonical = path: "/" + lib.concatStringsSep "/" (lib.filter (part: part != "") (components path));
}
