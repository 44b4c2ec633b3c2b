# The sandbox of both units: what an agent's server can do without, measured against the real one.
#
# directives.nix makes them give way: `serviceConfig` of the instance or `systemd.services.<unit>.serviceConfig` replaces
# single values and adds to lists.
let
  # It makes sockets without socket(2), so of any kind: RestrictAddressFamilies= does not see them, and AF_VSOCK leads out
  # of every network namespace, to the hypervisor.
  withoutUring = [ "~io_uring_setup io_uring_enter io_uring_register" ];

  both = {
    # No way to more rights than the instance's user has, whatever file it starts.
    NoNewPrivileges = true;
    # No root powers, not even for a process that becomes root some other way.
    CapabilityBoundingSet = "";

    # The whole file system is read-only; mounts.nix lists the exceptions.
    ProtectSystem = "strict";
    # Empty /home, /root and /run/user, into which the paths that are granted can be bound.
    ProtectHome = "tmpfs";
    # The server always uses the folder TMPDIR/opencode: two instances would share it.
    PrivateTmp = true;
    # Sockets live in /run: none is in sight but those that mounts.nix binds back. Shared memory, too,
    # is a place to write that everyone has in common. The folder of all instances holds only this one's
    # part, so that the instances of one user are apart as well.
    TemporaryFileSystem = [
      "/run:ro"
      "/dev/shm:mode=1777"
      "${(import ../default-places.nix).home}:ro"
    ];
    PrivateIPC = true;
    # Mounts that appear in here stay in here.
    PrivateMounts = true;
    # No disks, no /dev/mem, no hardware; ptys stay.
    PrivateDevices = true;
    # Processes of other users are nobody's business.
    ProtectProc = "invisible";

    # The kernel's settings, modules, log, clock and names belong to the machine.
    ProtectKernelTunables = true;
    ProtectKernelModules = true;
    ProtectKernelLogs = true;
    ProtectControlGroups = true;
    ProtectClock = true;
    ProtectHostname = true;

    # Namespaces open kernel code that only root could reach otherwise. Costs: nix builds with a
    # sandbox, bubblewrap and rootless containers do not work inside.
    RestrictNamespaces = true;
    # A real-time process could starve the machine.
    RestrictRealtime = true;
    # 32-bit and other odd system call tables and personalities have holes of their own.
    SystemCallArchitectures = "native";
    LockPersonality = true;
    # Shared memory of a user without a process is a leak.
    RemoveIPC = true;

    # Without an errno, a filtered call kills the process: Bun asks for @resources when it starts.
    SystemCallErrorNumber = "EPERM";
  };

  server = both // {
    # A set-uid file made here would outlive the sandbox.
    RestrictSUIDSGID = true;
    # TCP and UDP, local sockets, and netlink, without which programs cannot list the interfaces.
    RestrictAddressFamilies = [
      "AF_UNIX"
      "AF_INET"
      "AF_INET6"
      "AF_NETLINK"
    ];
    # Includes @timer, which Bun cannot do without. @resources: nobody here sets priorities.
    SystemCallFilter = [
      "@system-service"
      "~@privileged"
      "~@resources"
    ]
    ++ withoutUring;
    # No ProcSubset=pid: without /proc/cpuinfo, node counts no processors, and tools start no workers.
    # No MemoryDenyWriteExecute: JavaScript is compiled into memory that is written and executed.
    # With it the server starts, but its terminals and every node child process die.
  };

  setup = both // {
    # Making directories and links needs no network. A hook that does turns these three off.
    PrivateNetwork = true;
    RestrictAddressFamilies = "none";
    IPAddressDeny = "any";
    SystemCallFilter = [
      "@system-service"
      "~@privileged"
      "~@resources"
    ]
    ++ withoutUring;
    # What is made here is for the owner only.
    UMask = "0077";
    # What of the kernel shows in /proc is nobody's business here.
    ProcSubset = "pid";
    # No RestrictSUIDSGID: it takes openat2(2) away, with which the executor keeps from being led out
    # of the state directory.

    # No hook is expected to compile at run time; one that runs node turns this off.
    MemoryDenyWriteExecute = true;
  };
in
{
  inherit server setup;
}
