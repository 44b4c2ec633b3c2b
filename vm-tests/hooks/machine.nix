# Instances with hooks: one whose hooks are content, two whose first or second one waits for a file, and two that tell what
# hooks may do.
{ pkgs, ... }:
let
  serviceConfig = import ../sleeping.nix pkgs;

  # What a program does that compiles while it runs, and one that wants the network.
  probing = {
    inherit serviceConfig;
    path = [ pkgs.python3 ];
    preInitScript = ''
      try() { if python3 -c "$2" 2> /dev/null; then echo "may $1"; else echo "may not $1"; fi; }
      try compile 'import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)'
      try "use the network" 'import socket; socket.socket(socket.AF_INET)'
      echo "network: $(readlink /proc/self/ns/net)"
    '';
  };
in
{
  # Open to everyone, as far as permissions go.
  systemd.tmpfiles.rules = [ "d /etc/open 0777 root root - -" ];

  services.opencode.instances = {
    hooked = {
      inherit serviceConfig;
      path = [ pkgs.jq ];
      preInitScript = ''
        echo "pre: phase $OPENCODE_SETUP_PHASE, link $(test -L .config/opencode/opencode.json && echo yes || echo no)"
        jq --null-input --raw-output '"jq: " + $ENV.OPENCODE_INSTANCE'
        for place in /var/lib/opencode/projects/hooked /etc/open "$HOME"; do
          if touch "$place/from-hook"; then echo "may write: $place"; else echo "denied: $place"; fi
        done
      '';
      postInitScript = ''
        echo "post: phase $OPENCODE_SETUP_PHASE, link $(test -L .config/opencode/opencode.json && echo yes || echo no)"
      '';
    };
    inherit probing;
    granted = probing // {
      hookSandbox = {
        network = true;
        compileAtRunTime = true;
      };
    };
    before = {
      inherit serviceConfig;
      preInitScript = ''
        test -e /srv/hooks/before || { echo "pre wants /srv/hooks/before"; exit 7; }
      '';
    };
    behind = {
      inherit serviceConfig;
      postInitScript = ''
        test -e /srv/hooks/behind || { echo "post wants /srv/hooks/behind"; exit 7; }
      '';
    };
  };
}
