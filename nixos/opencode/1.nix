# opencode 1, measured with 1.18.33.
{
  # The routes of the server: `server.api` in a manifest, and src/server/api1.rs.
  api = 1;

  # How `opencode serve` is called: the flags that it always gets, those that it knows, with what may follow each as an
  # argument of its own, and their other spellings.
  serveFlags = [ "--print-logs" ];
  flags = {
    "--cors" = "values";
    "--hostname" = "value";
    "--log-level" = "value";
    "--mdns" = "boolean";
    "--mdns-domain" = "value";
    "--port" = "value";
    "--print-logs" = "boolean";
    "--pure" = "boolean";
  };
  otherSpellings = {
    "--logLevel" = "--log-level";
    "--mdnsDomain" = "--mdns-domain";
    "--no-mdns" = "--mdns";
    "--no-print-logs" = "--print-logs";
    "--no-pure" = "--pure";
    "--printLogs" = "--print-logs";
  };

  # How it spells a level of `logLevel`.
  logLevel = level: level;

  # The statuses with which it exits on SIGTERM: it does not handle that, and is ended by it.
  exitsOnSigterm = [ ];

  # The variable that it takes its password from, and whether it makes one up where that is unset.
  passwordVariable = "OPENCODE_SERVER_PASSWORD";
  alwaysHasPassword = false;

  # Whether it starts without a configuration that it cannot read, and says nothing of that.
  dropsInSilence = false;

  # Variables that it gets, for the value of `logLevel`.
  environment = _logLevel: { };

  # Variables for `projectConfig = false`. The first closes all of a project but its skills in .claude and .agents, the
  # second those and the ones in HOME. Skills of `skills` and `config.skills` stay.
  closedProject = {
    OPENCODE_DISABLE_PROJECT_CONFIG = "1";
    OPENCODE_DISABLE_EXTERNAL_SKILLS = "1";
  };

  # Whether the terminal client has to be in the directory of the server.
  clientIsInDirectory = false;

  # Whether it reads the keys of opencode.json that only 2 has (keys.json), and the paths of those of 1 that it ignores.
  readsKeysOfTwo = false;
  ignoredKeys = [ ];

  # What becomes of a configuration before it is rendered.
  complete = config: config;
}
