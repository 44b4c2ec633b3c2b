# The sandboxes of what passes connections on: that of the setup unit, and a network.
let
  inherit (import ../hardening.nix) setup;
  forSystemctl = import ../for-systemctl.nix;
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

  # Root's systemctl, which is root to systemd without any of root's powers.
  systemctl = setup // {
    RestrictAddressFamilies = "AF_UNIX";
    BindReadOnlyPaths = [ forSystemctl.socket ];
    TemporaryFileSystem = setup.TemporaryFileSystem ++ [ forSystemctl.folder ];
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
