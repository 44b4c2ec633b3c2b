# Packages for evaluation without a package set: nothing is built, and what a builder would write is
# at hand as text.
#
# A package is only its name: a store path with a hash of zeros, the same on every machine and
# easily told from a real one. A text file is a real store path, as `builtins.toFile` computes it.
{ lib }:
let
  package =
    pname:
    let
      self = {
        type = "derivation";
        name = pname;
        inherit pname;
        version = "0";
        outPath = "${builtins.storeDir}/00000000000000000000000000000000-${pname}";
        drvPath = "${self.outPath}.drv";
        outputName = "out";
        outputs = [ "out" ];
        out = self;
        meta = { };
        override = _: self;
        overrideAttrs = _: self;
      };
    in
    self;

  names = [
    "bash"
    "bashInteractive"
    "coreutils"
    "curl"
    "findutils"
    "fish"
    "gcc"
    "git"
    "glibcLocales"
    "gnugrep"
    "gnused"
    "jq"
    "kexec-tools"
    "mailcap"
    "nginx"
    "nix"
    "nodejs"
    "opencode"
    "opencode-setup"
    "opencode2"
    "openssl"
    "procps"
    "python3"
    "ripgrep"
    "shadow"
    "squid"
    "systemd"
    "tzdata"
    "xonsh"
    "zsh"
  ];

  textFile =
    {
      name,
      text,
      executable ? false,
      checkPhase ? "",
    }:
    package name
    // {
      outPath = builtins.toFile name (builtins.unsafeDiscardStringContext text);
      inherit text executable checkPhase;
    };

  pkgs = lib.genAttrs names package // {
    inherit lib package;
    opencode = package "opencode" // {
      version = "1.18.33";
    };
    nginxStable = package "nginx" // {
      version = "1.28.0";
      modules = [ ];
      override = _: pkgs.nginxStable;
    };
    tengine = package "tengine";
    openresty = package "openresty";
    # Without the checks, and as it is written.
    writers.writeNginxConfig = pkgs.writeText;

    system = "x86_64-linux";
    stdenv = {
      hostPlatform = lib.systems.elaborate "x86_64-linux";
      buildPlatform = lib.systems.elaborate "x86_64-linux";
    };
    runtimeShell = "${pkgs.bash}/bin/bash";

    writeText = name: text: textFile { inherit name text; };
    writeTextFile = arguments: textFile (removeAttrs arguments [ "destination" ]);
    writeShellScript =
      name: text:
      textFile {
        inherit name;
        executable = true;
        text = "#!${pkgs.runtimeShell}\n${text}\n";
      };
    # A folder with the script in it, which no text file can be.
    writeShellScriptBin = name: _: package name;
    # Modules ask for the type of a format while they are only declared.
    formats = lib.genAttrs [
      "gitIni"
      "ini"
      "iniWithGlobalSection"
      "json"
      "keyValue"
      "systemd"
      "toml"
      "yaml"
    ] (_: _: { type = lib.types.raw; });
    callPackage = file: overrides: throw "the stand-ins do not build ${toString file}";
  };
in
pkgs
