# Places that are not an instance's to take.
#
# A state directory is handed over: its owner becomes the instance's user, its mode 0700. A project is only opened for
# writing, as far as permissions go.
let
  part = "is a part of the system";
  temporary = "is emptied when the machine starts, or before";
  kernel = "is the kernel's";
  store = "belongs to Nix";
in
{
  # These themselves: others have their places in them.
  directories = {
    "/" = part;
    "/home" = "has the homes of all users in it";
    "/media" = part;
    "/mnt" = part;
    "/nix" = store;
    "/opt" = part;
    "/srv" = "has the data of all services in it";
    "/var" = part;
    "/var/lib" = "has the state of all services in it";
    "/var/lib/opencode" = "has all instances in it";
    "/var/lib/opencode/instance-state" = "has the state of all instances in it";
    "/var/lib/opencode/projects" = "has the projects of all instances in it";
  };

  # These with all that is in them.
  trees = {
    "/bin" = part;
    "/boot" = part;
    "/dev" = kernel;
    "/etc" = part;
    "/lib" = part;
    "/lib64" = part;
    "/nix/store" = store;
    "/nix/var" = store;
    "/proc" = kernel;
    "/root" = "is the home of root";
    "/run" = temporary;
    "/sbin" = part;
    "/sys" = kernel;
    "/tmp" = temporary;
    "/usr" = part;
    "/var/cache" = "may be emptied at any time";
    "/var/empty" = part;
    "/var/lib/nixos" = part;
    # Only root can enter it.
    "/var/lib/private" = part;
    "/var/lib/systemd" = part;
    "/var/log" = part;
    "/var/spool" = part;
    "/var/tmp" = temporary;
  };

  # Those of them where no project can be, either.
  closedTrees = [
    "/dev"
    "/nix/store"
    "/nix/var"
    "/proc"
    "/sys"
  ];
}
