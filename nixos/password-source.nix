# Where the password of an instance's server comes from.
{ lib }:
# What opencode/ says of the instance.
major:
name: cfg:
let
  # The name of the credential, too: opencode takes its password from this variable.
  variable = major.passwordVariable;

  isNamed = cfg.auth.passwordFile != null || cfg.credentials ? ${variable};
in
rec {
  inherit variable;

  # Not below the folder of all instances, which the servers see their part of.
  directory = "opencode-passwords";

  # opencode 2 would make one up at each start, and print it to the journal. A server on demand listens at an address that
  # nobody has asked for.
  isGenerated =
    if cfg.auth.generate != null then
      cfg.auth.generate
    else
      major.alwaysHasPassword && !isNamed
      || cfg.onDemand.enable && !cfg.network.isolate && cfg.auth.required && !isNamed && !isElsewhere;

  # An environment file's content is not known here: that there is one is taken for a password.
  isElsewhere =
    cfg.environmentFile != null
    || cfg.environmentFiles != [ ]
    || cfg.environment.${variable} or null != null;

  # null where a credential, an environment file or nothing has it.
  file = if isGenerated then "/var/lib/${directory}/${name}" else cfg.auth.passwordFile;

  # Where root finds it, whether the server runs or not.
  fileOfRoot = if file != null then file else cfg.credentials.${variable} or null;

  # Whether there is a file with it, which opencodectl can read as well.
  hasFile = isGenerated || isNamed;

  isInSight = hasFile || isElsewhere;
}
