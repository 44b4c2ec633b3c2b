# Names under which nginx could not pass requests on.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) names option shared;
  askedAt = import ../asked-at.nix { inherit lib; };

  errorsOf =
    name: cfg:
    lib.optional (askedAt cfg.listen.address == null)
      "${option name "nginx.domain"} needs an IP address in `listen.address`, and \"${cfg.listen.address}\" is a host name: nginx could send the password to another host. Write the IP address.";
in
instances:
let
  behindNginx = lib.filterAttrs (_: cfg: cfg.nginx.domain != null) instances;
in
lib.concatLists (lib.mapAttrsToList errorsOf behindNginx)
++ lib.mapAttrsToList (
  domain: sharers:
  "services.opencode.instances: ${names sharers} have the same `nginx.domain`, ${domain}. The web interface of a server uses the whole domain. Set another domain for all but one of them."
) (shared (cfg: lib.toLower cfg.nginx.domain) behindNginx)
