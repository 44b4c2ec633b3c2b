# The sandboxes of what passes connections on: that of the setup unit, and a network.
let
  inherit (import ../hardening.nix) setup;
  base = removeAttrs setup [
    "PrivateNetwork"
    "IPAddressDeny"
  ];
  internet = [
    "AF_INET"
    "AF_INET6"
    "AF_UNIX"
  ];
in
{
  # systemd-socket-proxyd.
  door =
    # A unit that joins a network namespace shares these with the server as well.
    removeAttrs base [
      "PrivateTmp"
      "PrivateIPC"
    ]
    // {
      RestrictAddressFamilies = internet;
      # Two ends and four ends of pipes for each connection.
      LimitNOFILE = 16384;
    };

  # `opencodectl idle`, which joins namespaces as well.
  watch =
    removeAttrs base [
      "PrivateTmp"
      "PrivateIPC"
    ]
    // {
      RestrictAddressFamilies = internet;
      # It sees whether clients are connected.
      BindReadOnlyPaths = [ "/run/opencode-clients" ];
    };

  # systemctl, as root, which systemd hears at a socket of root's.
  resolver = setup // {
    RestrictAddressFamilies = "AF_UNIX";
    BindReadOnlyPaths = [
      "/run/systemd/private"
      # It looks whether systemd runs.
      "/run/systemd/system"
    ];
  };

  proxy = base // {
    RestrictAddressFamilies = internet ++ [
      # It looks whether the host has IPv6.
      "AF_NETLINK"
    ];
    LimitNOFILE = 16384;
    # How names resolve, and where it logs to.
    BindReadOnlyPaths = [
      "-/run/nscd"
      "-/run/systemd/resolve"
      "-/run/systemd/journal"
    ];
  };
}
