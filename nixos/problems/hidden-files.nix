# Files that an instance's configuration names, and that its server will not see.
{
  lib,
  pipeline,
  system,
}:
let
  inherit (import ./naming.nix { inherit lib; }) option;
  inherit (import ./paths.nix { inherit lib; }) nearestIn;

  isAbsolute = lib.hasPrefix "/";
  # The names of a set cannot say which store paths they lead to.
  plain =
    value: if lib.isList value then map plain value else builtins.unsafeDiscardStringContext (toString value);
  setOf = paths: lib.genAttrs paths (_: null);

  # The paths of a directive that takes a list of them, without quotes, "-" and options: what they are inside.
  pathsOf =
    value:
    map
      (
        entry:
        let
          parts = lib.splitString ":" (lib.removePrefix "-" entry);
        in
        if lib.length parts > 1 && isAbsolute (lib.elemAt parts 1) then lib.elemAt parts 1 else lib.head parts
      )
      (
        lib.concatMap (
          text:
          if lib.hasPrefix "\"" text then
            [ (lib.removeSuffix "\"" (lib.removePrefix "\"" text)) ]
          else
            lib.splitString " " text
        ) (lib.toList (plain value))
      );

  # What the unit, as it is in the end, hides and shows.
  viewOf =
    serviceConfig:
    let
      on =
        name: values:
        lib.elem (serviceConfig.${name} or false) (
          [
            true
            "true"
            "yes"
          ]
          ++ values
        );
      hidden =
        lib.optionals (on "ProtectHome" [ "tmpfs" ]) [
          "/home"
          "/root"
          "/run/user"
        ]
        ++ lib.optionals (on "PrivateTmp" [ "disconnected" ]) [
          "/tmp"
          "/var/tmp"
        ]
        ++ pathsOf (serviceConfig.TemporaryFileSystem or [ ]);
      shown =
        pathsOf (serviceConfig.BindPaths or [ ]) ++ pathsOf (serviceConfig.BindReadOnlyPaths or [ ]);
    in
    # The nearest of both decides.
    path:
    let
      nearest = nearestIn (setOf (hidden ++ shown)) (plain path);
    in
    if nearest == null || lib.elem nearest shown then null else nearest;

  credentialsOf =
    serviceConfig:
    map (entry: lib.head (lib.splitString ":" entry)) (
      lib.concatMap (name: lib.toList (serviceConfig.${name} or [ ])) [
        "LoadCredential"
        "LoadCredentialEncrypted"
        "SetCredential"
        "SetCredentialEncrypted"
      ]
    );

  # What `{file:...}` names anywhere in the configuration.
  filesIn =
    rendered:
    lib.unique (
      lib.concatMap (part: if lib.isList part then part else [ ]) (
        builtins.split "[{]file:([^}\"]*)[}]" (builtins.toJSON rendered)
      )
    );

  # The options that name files and folders by themselves.
  pathsIn = rendered: {
    instructions = rendered.instructions or [ ];
    "skills.paths" = rendered.skills.paths or [ ];
    plugin = map (
      plugin: lib.removePrefix "file://" (if lib.isList plugin then lib.head plugin else plugin)
    ) (rendered.plugin or [ ]);
  };

  factsOf =
    name: cfg:
    let
      inherit (system.systemd.services."opencode-${name}") serviceConfig;
      rendered = if cfg.configFile == null then pipeline.render cfg.config else { };
      files = lib.filter isAbsolute (filesIn rendered);
      isCredential = lib.hasPrefix "/run/credentials/";
    in
    {
      inherit rendered;
      hiddenBy = viewOf serviceConfig;
      files = lib.filter (path: !isCredential path) files;
      strangeCredentials = lib.subtractLists (map (
        id: "/run/credentials/opencode-${name}.service/${id}"
      ) (credentialsOf serviceConfig)) (lib.filter isCredential files);
    };
in
{
  errors =
    instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg:
        map (
          path:
          "${option name "config"}: no credential is declared for ${path}. Set `credentials.<name>`, and write /run/credentials/opencode-${name}.service/<name>."
        ) (factsOf name cfg).strangeCredentials
      ) instances
    );

  warnings =
    instances:
    lib.concatLists (
      lib.mapAttrsToList (
        name: cfg:
        let
          facts = factsOf name cfg;
          isHidden = path: isAbsolute path && facts.hiddenBy path != null;
          nameOf = path: lib.replaceStrings [ " " ] [ "_" ] (baseNameOf path);
        in
        map (
          path:
          "${option name "config"}: the server cannot read {file:${path}} and will not start, since its sandbox hides ${facts.hiddenBy path}. Set `credentials.${nameOf path} = \"${path}\"`, and write {file:/run/credentials/opencode-${name}.service/${nameOf path}}."
        ) (lib.filter isHidden facts.files)
        ++ lib.concatLists (
          lib.mapAttrsToList (
            where: paths:
            map (
              path:
              "${option name "config.${where}"}: the server cannot read ${path}, since its sandbox hides ${facts.hiddenBy path}. Add it to `sandbox.readOnlyPaths`."
            ) (lib.filter isHidden paths)
          ) (pathsIn facts.rendered)
        )
      ) instances
    );
}
