# What the module renders for one case: readable files, and an index by which a machine can install them.
#
# Files in the store appear under names without a hash, so that a reviewer sees what changed in them, and `index.json`
# says at which path each belongs.
{
  nixpkgs ? <nixpkgs>,
  # A NixOS module, such as those in cases/.
  case,
}:
let
  inherit (import ./eval.nix { inherit nixpkgs; }) lib evalNixos;
  pretty = import ./pretty-json.nix { inherit lib; };

  unchecked = (evalNixos [ case ]).config;
  failed = lib.filter (assertion: !assertion.assertion) unchecked.assertions;
  config = lib.throwIf (failed != [ ]) (
    "the case cannot be installed:\n" + lib.concatMapStrings ({ message, ... }: "- ${message}\n") failed
  ) unchecked;

  # What NixOS has without us.
  empty = (evalNixos [ ]).config;
  oursIn = lib.filterAttrs (name: _: lib.hasPrefix "opencode" name);
  beyond = part: lib.removeAttrs (part config) (lib.attrNames (part empty));

  nginx = config.services.nginx;
  units =
    oursIn config.systemd.units
    // lib.optionalAttrs nginx.enable { inherit (config.systemd.units) "nginx.service"; };
  manifests = oursIn config.environment.etc;

  # Every file of the store that the units and the manifests lead to: [ { key = <store path>; text; } ]. Packages are
  # stand-ins, and the file of restart triggers is there for its name only.
  storePathsIn =
    text:
    lib.filter (path: !isPackage path && !lib.hasInfix "-X-Restart-Triggers-" path) (
      lib.concatMap (part: if lib.isList part then part else [ ]) (
        builtins.split "(${builtins.storeDir}/[0-9a-z]{32}-[0-9A-Za-z+._?=-]+)" text
      )
    );
  packages = lib.unique (
    lib.concatMap (
      text:
      lib.concatMap (part: if lib.isList part then part else [ ]) (
        builtins.split "(${builtins.storeDir}/0{32}-[0-9A-Za-z+._?=-]+)" text
      )
    ) (lib.mapAttrsToList (_: unit: unit.text) units ++ map (file: file.text) storeFiles)
  );
  isPackage = lib.hasPrefix "${builtins.storeDir}/00000000000000000000000000000000-";
  entry = path: {
    # A file beside a module is a path, and comes with a context.
    key = builtins.unsafeDiscardStringContext path;
    text = builtins.readFile path;
  };
  storeFiles = builtins.genericClosure {
    startSet = map entry (
      lib.concatMap (unit: storePathsIn unit.text) (lib.attrValues units)
      ++ map (manifest: "${manifest.source}") (lib.attrValues manifests)
    );
    operator = file: map entry (storePathsIn file.text);
  };

  nameOf = path: builtins.substring 33 (-1) (lib.removePrefix "${builtins.storeDir}/" path);
  isScript = lib.hasPrefix "#!";

  # Two instances may have an opencode.json each: numbered from the second on.
  named = lib.concatLists (
    lib.mapAttrsToList (
      name: files:
      lib.imap1 (
        number: file:
        file
        // {
          committed = "store/" + (if number == 1 then name else "${toString number}-${name}");
        }
      ) files
    ) (lib.groupBy (file: nameOf file.key) storeFiles)
  );

  textOf =
    file: if lib.hasSuffix ".json" file.key then pretty (builtins.fromJSON file.text) else file.text;

  users = lib.mapAttrs (_: user: {
    inherit (user)
      group
      extraGroups
      home
      isSystemUser
      ;
  }) (beyond (system: system.users.users));

  index = {
    units = lib.mapAttrs (name: unit: {
      file = "units/${name}";
      inherit (unit) wantedBy;
    }) units;
    store = lib.listToAttrs (
      map (file: {
        name = file.key;
        value = {
          file = file.committed;
          executable = isScript file.text;
        };
      }) named
    );
    etc = lib.mapAttrs (
      _: manifest: builtins.unsafeDiscardStringContext "${manifest.source}"
    ) manifests;
    # Their store paths are made up: whoever installs the case puts real programs there.
    packages = lib.sort lib.lessThan packages;
    inherit users;
    groups = lib.attrNames (beyond (system: system.users.groups));
    tmpfiles = "tmpfiles.conf";
    systemPackages = map toString config.environment.systemPackages;
    firewall = config.networking.firewall.allowedTCPPorts;
    warnings = "warnings.txt";
  };

  # What nginx.conf is made of: the file itself is different from one nixpkgs to the next.
  virtualHosts = lib.mapAttrs (
    _: host:
    {
      inherit (host) enableACME forceSSL;
      locations = lib.mapAttrs (
        _: location:
        {
          inherit (location) proxyPass proxyWebsockets recommendedProxySettings;
          extraConfig = lib.splitString "\n" location.extraConfig;
        }
      ) host.locations;
    }
  ) (beyond (system: system.services.nginx.virtualHosts));

  files =
    lib.mapAttrs' (name: unit: {
      name = "units/${name}";
      value = unit.text;
    }) units
    // lib.listToAttrs (
      map (file: {
        name = file.committed;
        value = textOf file;
      }) named
    )
    // lib.optionalAttrs (virtualHosts != { }) { "virtual-hosts.json" = pretty virtualHosts; }
    // {
      "index.json" = pretty index;
      "tmpfiles.conf" = lib.concatLines (
        lib.subtractLists empty.systemd.tmpfiles.rules config.systemd.tmpfiles.rules
      );
      "warnings.txt" = lib.concatLines config.warnings;
    };
in
{
  # A shell script that writes them below the working directory.
  script =
    "mkdir -p units store\n"
    + lib.concatStrings (
      lib.mapAttrsToList (
        path: text: "printf %s ${lib.escapeShellArg text} > ${lib.escapeShellArg path}\n"
      ) files
    );
}
