# What to call the shapes that an object can have, by a key that only one of them requires.
let
  reference = {
    path = "a local directory";
    repository = "a git repository";
  };
in
{
  "lsp.<name>" = {
    command = "a server";
    disabled = "a built-in server switched off";
  };
  "mcp.<name>" = {
    command = "a local server";
    enabled = "a switch for a server that is defined elsewhere";
    url = "a remote server";
  };
  "reference.<name>" = reference;
  "references.<name>" = reference;
}
