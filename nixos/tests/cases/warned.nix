# All that is built, but not without a word.
{
  services.opencode.instances = {
    open = {
      listen.address = "0.0.0.0";
      auth.generate = true;
      config.lsp.enabled = true;
    };
    both = {
      config.theme = "dark";
      configFile = "/etc/opencode-both.json";
    };
    closed.openFirewall = true;
    told.environment.OPENCODE_SERVER_PASSWORD = "hunter2";
  };
}
