# Keys of providers that stay outside the server's network.
{ lib, path }:
let
  inherit (lib) mkOption types;

  # What nginx reads between quotes, where it would replace variables.
  quotable = types.strMatching "[^[:cntrl:]\"\\\\$]{0,500}" // {
    description = "at most 500 characters without quotes, backslashes, dollar signs and control characters";
  };

  # No part of a path is "." or "..": nginx would never find it.
  url = types.strMatching "https://[a-zA-Z0-9][a-zA-Z0-9.-]*(:[1-9][0-9]{0,4})?(/[.]{0,2}[a-zA-Z0-9_~-][a-zA-Z0-9_~.-]*)*/?" // {
    description = "URL that begins with https:// and has a host, a port or none, and a path or none";
  };
in
mkOption {
  default = { };
  example = lib.literalExpression ''
    {
      anthropic = {
        upstream = "https://api.anthropic.com/v1";
        header = "x-api-key";
        keyFile = "/run/secrets/anthropic";
      };
    }
  '';
  description = ''
    With `isolate`, the providers whose keys the server never has, by their id in `config.provider`. The server sends its
    requests to an address of its own loopback interface, to which the module sets
    `config.provider.<id>.options.baseURL`. nginx, outside the server's network namespace, adds the key to each request
    and passes it on over TLS. The host of `upstream` does not have to be in `allowedDomains`. The server sees the
    answers: if a provider repeats the headers of a request in its answer, the server sees the key.
  '';
  type = types.attrsOf (
    types.submodule (
      { config, ... }:
      {
        options = {
          upstream = mkOption {
            type = url;
            example = "https://api.anthropic.com/v1";
            description = ''
              What the provider's `baseURL` would be. Requests for anything else than what is below its path are answered
              with 404, and so are paths that have `..`, a backslash or `#` in them. Its name is resolved by the servers in
              `/etc/resolv.conf`, and not by `/etc/hosts`.
            '';
          };

          header = mkOption {
            type = types.strMatching "[a-zA-Z0-9-]+" // {
              description = "name of a header";
            };
            default = "Authorization";
            example = "x-api-key";
            description = ''
              The header that contains the key. If the server sends a header of this name, it is replaced. An
              `Authorization` header that the server sends is never passed on.
            '';
          };

          prefix = mkOption {
            type = quotable;
            default = if lib.toLower config.header == "authorization" then "Bearer " else "";
            defaultText = lib.literalMD "`\"Bearer \"` for `Authorization`, nothing for any other";
            description = "What stands before the key in the header.";
          };

          keyFile = mkOption {
            type = path.secret;
            example = "/run/secrets/anthropic";
            description = ''
              A file with the key: one line of at most 3000 visible ASCII characters, without quotes, backslashes and
              dollar signs. It is a credential (`LoadCredential=`) of `opencode-credentials.service`, so only root needs
              to be able to read it. That unit reads them when it starts: `systemctl restart opencode-credentials` after a
              change. If the file is missing then, or has no such line, requests are answered with 503, and the journal
              of that unit names the file.
            '';
          };

          caFile = mkOption {
            type = path.absolute;
            default = "/etc/ssl/certs/ca-certificates.crt";
            description = ''
              The certificates (PEM) of the authorities that may sign the provider's certificate. The default are those of
              the system. Without any that nginx can read, requests are answered with 503, and the journal of
              `opencode-credentials.service` names the file.
            '';
          };
        };
      }
    )
  );
}
