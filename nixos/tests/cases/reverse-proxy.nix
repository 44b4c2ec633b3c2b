# An instance behind nginx, with what an operator may add to its virtual host.
{
  services.opencode.instances.web = {
    auth.generate = true;
    nginx.domain = "web.example.org";
    nginx.virtualHost = {
      forceSSL = true;
      enableACME = true;
      locations."/".extraConfig = "allow 192.0.2.0/24;\ndeny all;";
    };
  };

  # Its virtual host is what this is about: nginx itself is that of nixpkgs.
  services.nginx.enable = false;
}
