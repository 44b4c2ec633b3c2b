# Language servers, which tell agents about errors in what they write.
{
  lib,
  types,
  declare,
}:
let
  inherit (lib.types)
    bool
    listOf
    str
    ;

  languageServer = types.shapedObject {
    options = {
      disabled = declare.optional bool {
        description = "Whether not to start it; on its own, this takes a built-in server away. When unset, it is started.";
      };
      command = declare.optional (listOf str) {
        example = lib.literalExpression ''[ "''${pkgs.nixd}/bin/nixd" ]'';
        description = "The program and its arguments. It must speak the protocol on standard input and output.";
      };
      extensions = declare.optional (listOf str) {
        example = [ ".nix" ];
        description = ''
          File name extensions, with their dot, of the files it is for. A server that is not built in is dropped, with
          a line in the log, if it has none.
        '';
      };
      env = declare.map str {
        example = {
          RUST_LOG = "error";
        };
        description = "Environment variables that it gets beside the server's.";
      };
      initialization = declare.optional types.jsonObject {
        example = {
          formatting.command = [ "nixfmt" ];
        };
        description = "The `initializationOptions` it is sent, as they are.";
      };
    };
    shapes = [
      {
        name = "a server";
        required = [ "command" ];
        optional = [
          "disabled"
          "env"
          "extensions"
          "initialization"
        ];
      }
      {
        name = "a built-in server switched off";
        required = [ "disabled" ];
        optional = [ ];
        fixed.disabled = true;
      }
    ];
  };

  servers = types.openObject (types.nullable languageServer) {
    enabled = declare.optional bool {
      description = ''
        Rendered as `"lsp": {"enabled": ...}` to the letter. No version of opencode that we know takes it: it stops with
        "Configuration is invalid", so evaluation warns. Write `lsp = true` instead.
      '';
    };
  };
in
{
  lsp =
    declare.optional
      (types.union [
        bool
        servers
      ])
      {
        example = lib.literalExpression ''
          {
            nixd = {
              command = [ "''${pkgs.nixd}/bin/nixd" ];
              extensions = [ ".nix" ];
            };
            typescript.disabled = true;
          }
        '';
        description = ''
          `true` turns the built-in language servers on, an attribute set turns them on and changes or adds some by name,
          `false` keeps them off. When unset, they are off. The server downloads those it does not find on PATH unless
          `OPENCODE_DISABLE_LSP_DOWNLOAD` is set in its environment. opencode 1.2 refuses `true`.
        '';
      };
}
