# Where an instance is that names no place of its own.
{
  # The folder of all instances.
  home = "/var/lib/opencode";

  of = name: {
    directory = "/var/lib/opencode/projects/${name}";
    stateDir = "/var/lib/opencode/instance-state/${name}";
  };
}
