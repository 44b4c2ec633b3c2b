# A server that writes to its HOME.
{
  services.opencode.instances.steady.config.username = "steady";
}
