# The least: two names.
{
  services.opencode.instances = {
    scratch = { };
    web = { };
  };
}
