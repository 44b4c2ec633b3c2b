# The first generation of an instance that loses power.
{
  services.opencode.instances.cut.config.username = "generation a";
}
