# Three instances with networks of their own, of which one is a person's, and one that has the host's, to show what there is to be reached.
{ pkgs, ... }:
let
  model = import ../scripted-model.nix pkgs;
  tools = [
    pkgs.curl
    pkgs.python3
  ];
  environment = {
    # The CA of the false Internet. test.py makes it.
    NODE_EXTRA_CA_CERTS = "/etc/false-internet/ca.pem";
    CURL_CA_BUNDLE = "/etc/false-internet/ca.pem";
    GIT_SSL_CAINFO = "/etc/false-internet/ca.pem";
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
          "intern.example"
        ];
        allowedAddresses = [ "10.9.9.10" ];
        allowedHostPorts = [ 18090 ];
        logAllowed = true;
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

  environment.systemPackages = [ pkgs.openssl ];
  environment.etc = {
    "opencode-tests/provider.py".source = ../provider.py;
    "opencode-tests/false-internet.py".source = ./false-internet.py;
    "opencode-tests/ways-out.py".source = ./ways-out.py;
  };
}
