# Where an instance is that names no place of its own.
name: {
  directory = "/var/lib/opencode/projects/${name}";
  stateDir = "/var/lib/opencode/instance-state/${name}";
}
