# Language servers, which tell agents about errors in what they write.
{
  lsp = {
    exampleText = ''
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

  "lsp.<name>.command" = {
    exampleText = ''[ "''${pkgs.nixd}/bin/nixd" ]'';
    description = "The program and its arguments. It must speak the protocol on standard input and output.";
  };

  "lsp.<name>.disabled".description = "Whether not to start it; on its own, this takes a built-in server away. When unset, it is started.";

  "lsp.<name>.env" = {
    example = {
      RUST_LOG = "error";
    };
    description = "Environment variables that it gets beside the server's.";
  };

  "lsp.<name>.extensions" = {
    example = [ ".nix" ];
    description = ''
      File name extensions, with their dot, of the files it is for. A server that is not built in is dropped, with
      a line in the log, if it has none.
    '';
  };

  "lsp.<name>.initialization" = {
    example = {
      formatting = {
        command = [ "nixfmt" ];
      };
    };
    description = "The `initializationOptions` it is sent, as they are.";
  };

  "lsp.enabled".description = ''
    Rendered as `"lsp": {"enabled": ...}` to the letter. No version of opencode that we know takes it: it stops with
    "Configuration is invalid", so evaluation warns. Write `lsp = true` instead.
  '';
}
