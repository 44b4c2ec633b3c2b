# Files that the configuration names, and that the server would not see.
{ lib, ask, ... }:
let
  inherit (ask)
    accepts
    isSilent
    one
    refuses
    warns
    ;

  withKey = path: instance: one ({ config.provider.a.options.apiKey = "{file:${path}}"; } // instance);
  credential = "/run/credentials/opencode-x.service/a";
in
{
  tests = {
    "a secret below /run is warned about, with the credential to declare" =
      warns (withKey "/run/agenix/k" { })
        [
          "instances.x.config: the server cannot read {file:/run/agenix/k}"
          "its sandbox hides /run"
          "Set `credentials.k = \"/run/agenix/k\"`"
          "{file:/run/credentials/opencode-x.service/k}"
        ];
    "so is one in any other place that the sandbox hides" = {
      expr = lib.filter (path: lib.length (ask.warnings (withKey path { })) != 1) [
        "/home/alice/key"
        "/root/key"
        "/tmp/key"
        "/var/tmp/key"
        "/dev/shm/key"
        "/var/lib/opencode/instance-state/other/key"
      ];
      expected = [ ];
    };
    "one that the server sees is fine" = {
      expr = lib.concatMap (path: ask.warnings (withKey path { })) [
        "/etc/key"
        "/srv/key"
        "/var/lib/opencode/instance-state/x/key"
        "/var/lib/opencode/projects/x/key"
        "~/key"
        "key"
      ];
      expected = [ ];
    };
    "one in a granted path is fine" = isSilent (
      withKey "/run/agenix/k" { sandbox.readOnlyPaths = [ "/run/agenix" ]; }
    );
    "one in a path that serviceConfig binds is fine" = isSilent (
      withKey "/run/agenix/k" { serviceConfig.BindReadOnlyPaths = [ "/srv/secrets:/run/agenix" ]; }
    );
    "where the operator hides nothing, nothing is hidden" = isSilent (
      withKey "/home/alice/key" { serviceConfig.ProtectHome = false; }
    );

    "a credential that is declared is fine" = {
      expr =
        let
          config = withKey credential { credentials.a = "/run/secrets/a"; };
        in
        [
          (ask.errors config)
          (ask.warnings config)
        ];
      expected = [
        [ ]
        [ ]
      ];
    };
    "so is one that serviceConfig loads" = accepts (
      withKey credential { serviceConfig.LoadCredentialEncrypted = [ "a:/etc/a.cred" ]; }
    );
    "a credential that nobody declares is refused" =
      refuses (withKey credential { credentials.b = "/run/secrets/b"; })
        [
          "instances.x.config: no credential is declared for ${credential}"
          "Set `credentials.<name>`"
        ];
    "a credential of another unit is refused" =
      refuses
        (withKey "/run/credentials/opencode-y.service/a" { credentials.a = "/run/secrets/a"; })
        [
          "no credential is declared for /run/credentials/opencode-y.service/a"
        ];

    "instructions, skills and plugins that are hidden are warned about" = {
      expr = lib.sort lib.lessThan (
        map (lib.substring 0 60) (
          ask.warnings (one {
            config = {
              instructions = [
                "/home/alice/rules.md"
                "README.md"
              ];
              skills.paths = [ "/home/alice/skills" ];
              plugin = [
                "file:///home/alice/plugin.js"
                "opencode-plugin"
              ];
            };
          })
        )
      );
      expected = map (lib.substring 0 60) [
        "services.opencode.instances.x.config.instructions: the server cannot"
        "services.opencode.instances.x.config.plugin: the server cannot read"
        "services.opencode.instances.x.config.skills.paths: the server cannot"
      ];
    };
    "with what to do about it" = warns (one { config.instructions = [ "/home/alice/rules.md" ]; }) [
      "cannot read /home/alice/rules.md, since its sandbox hides /home"
      "sandbox.readOnlyPaths"
    ];
    "where a configFile takes its place, config is not looked at" = {
      expr = lib.filter (lib.hasInfix "cannot read") (
        ask.warnings (withKey "/run/agenix/k" { configFile = "/etc/own.json"; })
      );
      expected = [ ];
    };
  };
}
