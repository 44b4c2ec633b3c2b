# Secrets that are written out. What is in a NixOS configuration is in the Nix store, and everyone can read that.
{ lib, pipeline }:
let
  inherit (import ./naming.nix { inherit lib; }) option;

  placeholder = import ../units/network/placeholder.nix;

  # By its name: `ANTHROPIC_API_KEY`, `apiKey`, `x-api-key`, `Authorization`.
  isSecretName =
    name:
    let
      plain = lib.toLower (lib.replaceStrings [ "_" "-" ] [ "" "" ] name);
    in
    lib.any (ending: lib.hasSuffix ending plain) [
      "accesskey"
      "apikey"
      "authorization"
      "password"
      "secret"
      "secretkey"
      "token"
    ];

  # Not where the secret is, which may be written down: a file's name, or what opencode replaces when it starts.
  isWrittenOut =
    value:
    lib.isString value
    && value != ""
    && value != placeholder
    && !lib.any (reference: lib.hasInfix reference value) [
      "{env:"
      "{file:"
    ]
    && !lib.hasPrefix "/" value;

  # The paths in a value at which there is a secret: [ { path, value } ]. The names in a permission are patterns.
  secretsIn =
    path: value:
    if lib.isList value then
      lib.concatLists (lib.imap0 (index: secretsIn (path ++ [ (toString index) ])) value)
    else if lib.isAttrs value && !lib.isStringLike value then
      lib.concatLists (
        lib.mapAttrsToList (
          name: inner: lib.optionals (name != "permission") (secretsIn (path ++ [ name ]) inner)
        ) value
      )
    else
      lib.optional (isSecretName (lib.last path) && isWrittenOut value) { inherit path value; };

  # What of an instance, or of `defaults`, comes to the store.
  secretsOf =
    cfg:
    secretsIn [ "environment" ] cfg.environment
    ++ lib.optionals (cfg.configFile == null) (secretsIn [ "config" ] (pipeline.render cfg.config));

  advice = {
    environment = "Move it to one of the `environmentFiles` or `credentials`.";
    config = "Write \"{env:NAME}\" instead, with NAME in one of the `environmentFiles`, or \"{file:PATH}\" with the path of one of the `credentials`.";
  };

  warning =
    owner:
    { path, ... }:
    "${owner (lib.showOption path)} is in the Nix store, where every user can read it. ${
      advice.${lib.head path}
    }";
in
defaults: instances:
let
  # Told of once, and not for each instance.
  ofDefaults = secretsOf defaults;
in
lib.optionals (instances != { }) (
  map (warning (what: "services.opencode.defaults.${what}")) ofDefaults
)
++ lib.concatLists (
  lib.mapAttrsToList (
    name: cfg: map (warning (option name)) (lib.subtractLists ofDefaults (secretsOf cfg))
  ) instances
)
