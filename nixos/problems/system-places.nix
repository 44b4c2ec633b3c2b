# Places that are not an instance's to take.
#
# A state directory is handed over: its owner becomes the instance's user, its mode 0700. A project is only opened for
# writing, as far as permissions go.
let
  part = "is a part of the system";
  temporary = "is emptied at each boot, or earlier";
  kernel = "belongs to the kernel";
  store = "belongs to Nix";
in
{
  # These themselves: others have their places in them.
  directories = {
    "/" = part;
    "/home" = "contains the homes of all users";
    "/media" = part;
    "/mnt" = part;
    "/nix" = store;
    "/opt" = part;
    "/srv" = "contains the data of all services";
    "/var" = part;
    "/var/lib" = "contains the state of all services";
    "/var/lib/opencode" = "contains all instances";
    "/var/lib/opencode/instance-state" = "contains the state of all instances";
    "/var/lib/opencode/projects" = "contains the projects of all instances";
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
