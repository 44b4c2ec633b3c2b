# Instances with networks of their own, of which one is a person's, and one that has the host's, to show what there is to be reached.
{ lib, pkgs, ... }:
let
  model = import ../scripted-model.nix pkgs;
  tools = [
    pkgs.curl
    pkgs.python3
  ];
  # The CA of the false Internet. test.py makes it.
  caFile = "/etc/false-internet/ca.pem";
  environment = {
    NODE_EXTRA_CA_CERTS = caFile;
    CURL_CA_BUNDLE = caFile;
    GIT_SSL_CAINFO = caFile;
  };
in
{
  users.users.alice.isNormalUser = true;

  services.opencode.instances = {
    closed = {
      inherit environment;
      path = model.path ++ tools;
      config = model.config // {
        provider.scripted = model.config.provider.scripted // {
          options = {
            baseURL = "https://allowed.example/v1";
            apiKey = "none";
          };
        };
        provider.held = removeAttrs model.config.provider.scripted [ "options" ];
      };
      network = {
        isolate = true;
        allowedDomains = [
          "allowed.example"
          "*.wild.example"
          "private.example"
          "metadata.example"
          "loopback.example"
          "both.example"
          "half.example"
          "intern.example"
          "rebinding.example"
          "registry.example"
          "moved.example"
        ];
        allowedAddresses = [ "10.9.9.10" ];
        allowedHostPorts = [ 18090 ];
        logAllowed = true;
        credentials = {
          held = {
            upstream = "https://provider.example/v1";
            keyFile = "/etc/keys/closed";
            inherit caFile;
          };
          # Its certificate is for other names.
          impostor = {
            upstream = "https://impostor.example/v1";
            header = "x-api-key";
            keyFile = "/etc/keys/closed";
            inherit caFile;
          };
          # Only another DNS knows its host.
          moved = {
            upstream = "https://moved.example/v1";
            keyFile = "/etc/keys/closed";
            inherit caFile;
          };
          # test.py breaks its file.
          mistaken = {
            upstream = "https://provider.example/v1";
            keyFile = "/etc/keys/closed";
            caFile = "/etc/false-internet/no-ca.pem";
          };
        };
      };
    };
    neighbour = {
      inherit environment;
      path = tools;
      network = {
        isolate = true;
        # More than squid reads of a line.
        allowedDomains = builtins.genList (n: "number-${toString n}.some-rather-long-domain.example") 250 ++ [
          "other.example"
        ];
        credentials.held = {
          upstream = "https://provider.example:8443/";
          header = "x-api-key";
          keyFile = "/etc/keys/neighbour";
          inherit caFile;
        };
      };
    };
    # Its plugin comes from a registry.
    plugged = {
      environment = environment // {
        npm_config_registry = "https://registry.example/";
        npm_config_offline = "false";
      };
      path = [ pkgs.opencode ];
      config.plugin = [ "tiny-plugin@1.0.0" ];
      network = {
        isolate = true;
        allowedDomains = [ "registry.example" ];
        logAllowed = true;
      };
    };
    person = {
      user = "alice";
      network.isolate = true;
    };
    open = {
      inherit environment;
      path = tools;
    };
  };

  # When there is an Internet: test.py starts it.
  systemd.services.opencode-plugged.wantedBy = lib.mkForce [ ];

  environment.systemPackages = [ pkgs.openssl ];
  environment.etc = {
    "opencode-tests/provider.py".source = ../provider.py;
    "opencode-tests/false-internet.py".source = ./false-internet.py;
    "opencode-tests/dns.py".source = ../dns.py;
    "opencode-tests/raw.py".source = ./raw.py;
    "opencode-tests/ways-out.py".source = ./ways-out.py;
  };
}
