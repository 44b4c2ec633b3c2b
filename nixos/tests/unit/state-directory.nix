# The state directory: who makes it, and that it is nobody else's.
{ ask, ... }:
let
  units = [
    "opencode-x"
    "opencode-x-setup"
  ];
  made =
    stateDir:
    let
      config = ask.one {
        inherit stateDir;
        directory = "/srv/x";
      };
    in
    {
      units = map (unit: [
        (ask.directive config unit "StateDirectory")
        (ask.directive config unit "StateDirectoryMode")
      ]) units;
      tmpfiles = builtins.filter (
        rule: builtins.match ".*opencode-x.*" rule != null
      ) config.systemd.tmpfiles.rules;
    };

  bySystemd = name: {
    units = map (_: [
      [ name ]
      [ "0700" ]
    ]) units;
    tmpfiles = [ ];
  };
  byTmpfiles = path: {
    units = map (_: [
      [ ]
      [ ]
    ]) units;
    tmpfiles = [ "d \"${path}\" 0700 opencode-x opencode-x - -" ];
  };
in
{
  tests = {
    "below /var/lib, systemd makes it for both units, closed to others" = {
      expr = made "/var/lib/my/state";
      expected = bySystemd "my/state";
    };
    "elsewhere, tmpfiles makes it, closed to others" = {
      expr = made "/data/x";
      expected = byTmpfiles "/data/x";
    };
    "a name that StateDirectory= would take apart goes to tmpfiles" = {
      expr = made "/var/lib/my state";
      expected = byTmpfiles "/var/lib/my state";
    };
    "a directory beside /var/lib is not below it" = {
      expr = made "/var/library/x";
      expected = byTmpfiles "/var/library/x";
    };
    "the user's home is the state directory" = {
      expr = (ask.one { stateDir = "/data/x"; }).users.users.opencode-x.home;
      expected = "/data/x";
    };
    "it is the same path from one evaluation to the next, whatever else changes" = {
      expr =
        (ask.one {
          config.model = "a";
          directory = "/srv/x";
          listen.port = 9090;
        }).services.opencode.instances.x.stateDir;
      expected = "/var/lib/opencode/instance-state/x";
    };
  };
}
