# An instance of each major, with all at once: on demand, a network of its own, a key outside of it, nginx, a password that
# a group may read, and metrics.
{ pkgs, ... }:
let
  inherit (import ../scripted-model.nix pkgs) path config;
  # Of the provider behind TLS. test.py makes it.
  caFile = "/etc/false-internet/ca.pem";

  with-all = name: {
    path = path ++ [ pkgs.curl ];
    config = {
      model = "held/agent";
      # The rest comes from `credentials`.
      provider.held = removeAttrs config.provider.scripted [ "options" ];
      permission.webfetch = "deny";
    };
    onDemand = {
      enable = true;
      idleTimeout = 3;
    };
    network = {
      isolate = true;
      allowedDomains = [ "registry.example" ];
      credentials.held = {
        upstream = "https://provider.example/v1";
        keyFile = "/etc/keys/${name}";
        inherit caFile;
      };
    };
    nginx.domain = "${name}.example";
    auth.group = "developers";
  };
in
{
  users.users.alice = {
    isNormalUser = true;
    extraGroups = [ "developers" ];
  };

  services.opencode = {
    metrics = {
      enable = true;
      interval = "5s";
    };
    instances = {
      one = with-all "one" // {
        auth = {
          group = "developers";
          passwordFile = "/etc/keys/password";
        };
      };
      # Its password is made on the machine.
      two = with-all "two" // {
        package = pkgs.opencode2;
        # The version of a preview does not say.
        opencodeMajor = 2;
      };
    };
  };

  # Its only command is a test of nginx.conf, and its script a folder in the store, which a render has none of.
  systemd.services.nginx.preStart = pkgs.lib.mkForce "";

  environment.systemPackages = [ pkgs.openssl ];
  environment.etc = {
    "opencode-tests/provider.py".source = ../provider.py;
    "opencode-tests/dns.py".source = ../dns.py;
    "opencode-tests/behind_tls.py".source = ./behind_tls.py;
  };
}
