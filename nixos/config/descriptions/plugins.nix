# Plugins: code that runs inside the server.
{
  plugin = {
    exampleText = ''
      [
        "opencode-example@1.2.0"
        [ "file:///srv/plugins/audit.js" { level = "info"; } ]
      ]
    '';
    description = ''
      Plugins to load: npm packages or `file://` URLs, each on its own or as a pair with its options. They run inside
      the server and can do all it can. npm packages are installed into the state directory on the first request,
      for which the server must reach the registry: without, that request takes more than a minute.
    '';
  };
}
