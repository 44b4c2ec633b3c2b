# The server itself.
{
  autoupdate.description = ''
    Whether opencode replaces itself by a newer version, or only says that there is one (`"notify"`). A package from
    the Nix store cannot be replaced, so leave it off.
  '';

  logLevel.description = "The least severe messages to log. When unset, `INFO`. The flag `--log-level` wins.";

  server.description = ''
    Where the server listens. A NixOS instance passes its `listen` options as flags, and those win over `port` and
    `hostname`.
  '';

  "server.cors" = {
    example = [ "https://opencode.example.org" ];
    description = "Origins of web pages that may talk to the server, beside its own.";
  };

  "server.hostname" = {
    example = "127.0.0.1";
    description = "The address to listen on. The flag `--hostname` wins. When unset, 127.0.0.1.";
  };

  "server.mdns".description = ''
    Whether to announce the server in the local network. It then listens on all addresses unless `hostname` is
    set. When unset, no.
  '';

  "server.mdnsDomain" = {
    example = "opencode-web.local";
    description = "The name to announce. When unset, `opencode.local`.";
  };

  "server.port" = {
    example = 4096;
    description = "The TCP port to listen on. The flag `--port` wins. When unset, 4096 or, if that is taken, any.";
  };

  shell = {
    exampleText = ''"''${pkgs.bash}/bin/bash"'';
    description = "The shell that terminals and the `bash` tool run. When unset, `$SHELL`, or else one found on PATH.";
  };
}
