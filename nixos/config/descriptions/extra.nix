# The way out: keys that are newer than these options.
{
  extraConfig = {
    example = {
      some_new_key = {
        level = 2;
      };
    };
    description = ''
      Anything else that shall be in opencode.json, for keys that are newer than these options. It is merged in last,
      deeply, and wins; null takes a key away. It is not checked, and opencode ignores keys it does not know, so keep it
      for what has no option.
    '';
  };
}
