# The server: which program, in which directory, at which address.
{
  lib,
  pkgs,
  path,
  unitOption,
}:
let
  inherit (lib) mkOption types literalExpression;
in
{
  enable =
    lib.mkEnableOption "this instance: its units, its user and its directories. `false` keeps its data"
    // {
      default = true;
    };

  package = lib.mkPackageOption pkgs "opencode" { };

  opencodeMajor = mkOption {
    type = types.nullOr (
      types.enum [
        1
        2
      ]
    );
    default = null;
    example = 2;
    description = ''
      Which major version of opencode `package` is. `null` takes it from the version of the package. Set it if that
      version does not say it: for a preview of 2, whose version begins with `0.0.0`, or a wrapper without a version.
    '';
  };

  directory = mkOption {
    type = path.absolute;
    defaultText = "/var/lib/opencode/projects/<name>";
    apply = path.canonical;
    example = "/srv/projects/web";
    description = ''
      The project that the server works in: its working directory. The default directory is created by the module and
      belongs to the instance. The module does not create any other: it must exist, and the instance's user must be able
      to write to it.
    '';
  };

  listen = {
    address = mkOption {
      type = types.nonEmptyStr;
      default = "127.0.0.1";
      example = "0.0.0.0";
      description = ''
        The address to listen on. The server runs commands for everyone who reaches it: set a password (`auth.generate`,
        `auth.passwordFile`, or `OPENCODE_SERVER_PASSWORD` in one of the `environmentFiles` or as one of the
        `credentials`) before you choose an address beyond the loopback interface.
      '';
    };
    port = mkOption {
      type = types.ints.between 1 65535;
      defaultText = "12000 + (the first 8 hex digits of the name's SHA-256) mod 20000";
      example = 8787;
      description = ''
        The port to listen on. The default is computed from the instance's name: the same name always has the same port,
        on every machine. To compute it by hand:
        `echo $((12000 + 0x$(printf %s NAME | sha256sum | cut -c1-8) % 20000))`.
      '';
    };
  };

  openFirewall = mkOption {
    type = types.bool;
    default = false;
    description = "Whether to open the firewall for the port of this instance, and for nothing else.";
  };

  path = mkOption {
    type = types.listOf (types.either types.package types.str);
    default = [ ];
    example = literalExpression "[ pkgs.jq pkgs.nodejs ]";
    description = ''
      Packages on the PATH of the server, of the commands it runs, and of the hooks. They come before git, ripgrep, bash
      and the usual tools, which are always on the PATH. The packages in `defaults` come after an instance's own;
      `lib.mkForce` in an instance leaves them out.
    '';
  };

  logLevel = mkOption {
    type = types.nullOr (
      types.enum [
        "DEBUG"
        "INFO"
        "WARN"
        "ERROR"
      ]
    );
    default = null;
    description = "How much the server logs to the journal. With `null`, the server's own default applies, which is INFO.";
  };

  logFile = mkOption {
    type = types.bool;
    default = false;
    description = ''
      Whether the server also logs to `.local/share/opencode/log/opencode.log` in its state directory. This file grows
      without limit. With `false`, the setup unit puts a link to `/dev/null` there, and moves an existing file to
      `opencode.log.old`. The journal has every line in either case.
    '';
  };

  extraArgs = mkOption {
    type = types.listOf types.str;
    default = [ ];
    example = [
      "--cors"
      "https://web.example"
    ];
    description = ''
      More arguments for `opencode serve`, after those of the module: `--port`, `--hostname`, `--print-logs` and, with
      `logLevel`, `--log-level`. No argument may be given twice. The server also accepts `--mdns`, `--mdns-domain`,
      `--cors` and `--pure`, and exits on any other argument. A model, for example, is `config.model`.
    '';
  };

  restartIfChanged = mkOption {
    type = types.bool;
    default = true;
    description = ''
      Whether switching to a new configuration of the system restarts the instance when its units have changed. `false`
      leaves both units running, so that a switch ends no session; `systemctl restart opencode-<name>-setup` applies the
      change later. Do so at once if the port, the address or the directory has changed: if the server crashes before
      that, systemd restarts it with the new value, and `opencodectl wait` looks for it at the old one.
    '';
  };

  serviceConfig = mkOption {
    type = types.attrsOf unitOption;
    default = { };
    example = {
      MemoryMax = "4G";
    };
    description = ''
      Any `[Service]` directive of the server's unit. A single value replaces the module's value. A list is added to the
      module's list, unless it is a `lib.mkForce`. A value in `defaults` replaces the module's and is replaced by the
      instance's; a list in `defaults` comes between the two. `systemd.services."opencode-<name>-setup".serviceConfig` is
      the same for the setup unit.
    '';
  };
}
