# Instances that run while they are in use: with the network of the host, and with one of their own.
{
  services.opencode.instances = {
    open.onDemand.enable = true;
    isolated = {
      listen.address = "192.0.2.1";
      environmentFile = "/run/secrets/isolated.env";
      onDemand = {
        enable = true;
        idleTimeout = 90;
      };
      network.isolate = true;
    };
  };
}
