# Two instances that nobody configured.
{
  services.opencode.instances = {
    scratch = { };
    web = { };
  };
}
