# Three instances with hooks: one whose hooks are content, and two whose first or second one waits for a file.
{ pkgs, ... }:
let
  serviceConfig = import ../sleeping.nix pkgs;
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
