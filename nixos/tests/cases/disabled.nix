# One runs, one does not.
{
  services.opencode.instances = {
    off.enable = false;
    on = { };
  };
}
