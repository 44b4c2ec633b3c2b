# A repository in which a person and an agent work, which belongs to neither of them alone.
{ pkgs, ... }:
{
  users.users.alice = {
    isNormalUser = true;
    extraGroups = [ "web" ];
  };
  users.groups.web = { };

  services.opencode.instances = {
    agent = {
      group = "web";
      directory = "/srv/projects/web";
      git.credentialsFile = "/srv/git-credentials";
    };
    # The same, where an agent may not change what git does.
    guarded = {
      group = "web";
      directory = "/srv/projects/guarded";
      sandbox.readOnlyGit = true;
    };
    # A folder of projects.
    several = {
      group = "web";
      directory = "/srv/projects";
      serviceConfig = import ../sleeping.nix pkgs;
    };
  };

  systemd.tmpfiles.rules = [
    "d /srv/projects 0755 root root - -"
    # setgid: what is made in it belongs to the group.
    "d /srv/projects/web 2770 alice web - -"
    "d /srv/projects/guarded 2770 alice web - -"
    # An access list: what is made in it may be written by the group, whatever its maker's umask is.
    "d /srv/projects/web/listed 2770 alice web - -"
    "a+ /srv/projects/web/listed - - - - default:group:web:rwx"
    "f /srv/git-credentials 0600 root root - http://agent:hunter2@127.0.0.1:18090"
  ];

  environment.etc."opencode-tests/git_server.py".source = ./git_server.py;
}
