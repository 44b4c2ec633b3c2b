# An instance with a network of its own, and every way in and out.
{
  services.opencode.instances.isolated = {
    listen.address = "192.0.2.1";
    auth.passwordFile = "/run/secrets/password";
    auth.group = "developers";
    network = {
      isolate = true;
      allowedDomains = [
        "api.anthropic.com"
        "*.github.com"
      ];
      allowedAddresses = [ "10.20.0.0/16" ];
      allowedHostPorts = [ 11434 ];
      logAllowed = true;
      credentials.anthropic = {
        upstream = "https://api.anthropic.com/v1";
        header = "x-api-key";
        keyFile = "/run/secrets/anthropic";
      };
    };
  };
}
