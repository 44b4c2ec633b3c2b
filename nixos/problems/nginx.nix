# Names under which nginx could not pass requests on.
{ lib }:
let
  inherit (import ./naming.nix { inherit lib; }) names option shared;
  askedAt = import ../asked-at.nix { inherit lib; };

  errorsOf =
    name: cfg:
    lib.optional (askedAt cfg.listen.address == null)
      "${option name "nginx.domain"} needs an IP address in `listen.address`, and \"${cfg.listen.address}\" is none: it may lead to somebody else, who would be told the password. Write the address.";
in
instances:
let
  behindNginx = lib.filterAttrs (_: cfg: cfg.nginx.domain != null) instances;
in
lib.concatLists (lib.mapAttrsToList errorsOf behindNginx)
++ lib.mapAttrsToList (
  domain: sharers:
  "services.opencode.instances: ${names sharers} have the same nginx.domain, ${domain}. Each needs its own: the interface of a server takes a host to itself."
) (shared (cfg: lib.toLower cfg.nginx.domain) behindNginx)
