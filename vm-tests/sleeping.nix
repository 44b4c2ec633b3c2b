# Instead of the server, in tests of what is ready before it: `serviceConfig = import ../sleeping.nix pkgs;`. A real one
# takes most of a minute to come up in a machine without KVM. There is nobody to ask.
pkgs: {
  ExecStart = "${pkgs.coreutils}/bin/sleep infinity";
  ExecStartPost = "";
}
