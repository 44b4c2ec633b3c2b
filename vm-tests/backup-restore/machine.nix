# An instance with sessions to lose.
{
  services.opencode.instances.saved = { };
}
