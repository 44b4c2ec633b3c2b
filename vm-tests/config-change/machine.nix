# The first generation.
{
  services.opencode.instances.moving.config.username = "generation a";
}
