# An instance with a configuration that somebody else writes, and has not yet.
{
  services.opencode.instances.own.configFile = "/srv/own/opencode.json";
}
