# Sharing of sessions with people outside.
{
  autoshare.description = "The older spelling of `share = \"auto\"`. Use `share`.";

  enterprise.description = "Sharing within an organisation.";

  "enterprise.url" = {
    example = "https://share.example.org";
    description = "The address of your own sharing server.";
  };

  share.description = ''
    Whether sessions can be published under a link at opencode's servers: when someone asks (`manual`), all of them
    (`auto`), or never (`disabled`). When unset, `manual`.
  '';
}
