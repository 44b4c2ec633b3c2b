# The first generation: opencode 1.
{
  services.opencode.instances.moving.auth.generate = true;
}
