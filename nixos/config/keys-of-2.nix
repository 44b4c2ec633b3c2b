# Keys of opencode.json that only opencode 2 has, as JSON schemas: from the sources that the preview named in
# ../opencode/2-version carries in its source maps, since it publishes no schema. Those that are not here go to `extraConfig`.
let
  string.type = "string";
  boolean.type = "boolean";
  strings = {
    type = "array";
    items = string;
  };
  variables = {
    type = "object";
    additionalProperties = string;
  };
  milliseconds = {
    type = "integer";
    exclusiveMinimum = 0;
  };
  object = properties: {
    type = "object";
    inherit properties;
    additionalProperties = false;
  };
  objectWith = required: properties: object properties // { inherit required; };

  rules = {
    type = "array";
    items = objectWith [ "action" "effect" "resource" ] {
      action = string;
      resource = string;
      effect.enum = [
        "allow"
        "ask"
        "deny"
      ];
    };
  };

  timeout = object {
    startup = milliseconds;
    catalog = milliseconds;
    execution = milliseconds;
  };

  serverWith =
    type: required: properties:
    objectWith ([ "type" ] ++ required) (
      properties
      // {
        type.enum = [ type ];
        disabled = boolean;
        inherit timeout;
      }
    );
in
{
  permissions = rules;

  agents = {
    type = "object";
    additionalProperties = object {
      color = {
        type = "string";
        pattern = "^#[0-9a-fA-F]{6}$";
      };
      description = string;
      disabled = boolean;
      hidden = boolean;
      mode.enum = [
        "all"
        "primary"
        "subagent"
      ];
      model = {
        type = "string";
        pattern = "^[^/#]+/[^#]+(#[^#]+)?$";
      };
      permissions = rules;
      steps = {
        type = "integer";
        exclusiveMinimum = 0;
      };
      system = string;
    };
  };

  # Below `mcp`, beside the servers of 1.
  mcp = {
    servers = {
      type = "object";
      additionalProperties.anyOf = [
        (serverWith "local" [ "command" ] {
          command = strings;
          cwd = string;
          environment = variables;
        })
        (serverWith "remote" [ "url" ] {
          url = string;
          headers = variables;
        })
      ];
    };
  };
}
