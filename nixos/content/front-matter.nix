# Is the front matter of a Markdown file such that opencode reads what is meant?
#
# Measured with 1.18.33: where it cannot, it takes the whole file for the prompt of an agent that has none of its
# settings, and passes over a skill. This knows the YAML that settings are written in, not all of YAML: what it refuses,
# opencode does not read either.
{ lib }:
let
  linesOf = text: lib.splitString "\n" (lib.replaceStrings [ "\r\n" ] [ "\n" ] text);

  # The lines between the two of "---", or null.
  between =
    lines:
    let
      rest = lib.tail lines;
      length = lib.lists.findFirstIndex (line: line == "---") null rest;
    in
    if length == null then null else lib.take length rest;

  isComment = line: builtins.match "[[:space:]]*(#.*)?" line != null;
  # "key: value" at the margin, as [ key value ].
  entry = builtins.match "([^][:space:]:{}\"'#-][^:]*):( .*)?";
  isContinued = line: builtins.match "( |- ).*" line != null;

  # May further lines belong to this one? Not after a value that is complete.
  takesMore =
    value: builtins.match "([|>].*|[\"'{[].*|&.*|)" (lib.trim (lib.defaultTo "" value)) != null;

  hasOpenQuote =
    value: builtins.match "(\"[^\"]*|'[^']*)" (lib.trim (lib.defaultTo "" value)) != null;

  # One line after the other, with what is known of those before: an error ends it.
  read =
    state: line:
    let
      found = entry line;
      key = lib.head found;
      value = lib.elemAt found 1;
    in
    if state.error != null || isComment line then
      state
    else if lib.hasInfix "\t" (lib.head (builtins.match "([[:space:]]*).*" line)) then
      state // { error = "is indented with a tab: \"${lib.trim line}\""; }
    else if isContinued line then
      if state.takesMore then state else state // { error = "has an indented line that belongs to no setting: \"${line}\""; }
    else if found == null then
      state // { error = "has a line that is not a setting: \"${line}\""; }
    else if state.settings ? ${key} then
      state // { error = "sets \"${key}\" twice"; }
    else if hasOpenQuote value then
      state // { error = "has a quote that is not closed: \"${line}\""; }
    else
      state
      // {
        takesMore = takesMore value;
        settings = state.settings // {
          ${key} = lib.trim (lib.defaultTo "" value);
        };
      };

  unquoted = value: lib.head (builtins.match "[\"']?([^\"']*)[\"']?" value);
in
{ kind, name }:
text:
let
  lines = linesOf text;
  isOpened = lib.head lines == "---";
  inside = between lines;
  result = lib.foldl' read {
    error = null;
    takesMore = false;
    settings = { };
  } inside;
  inherit (result) settings;
in
# null, or what is wrong.
if !isOpened then
  if lib.hasPrefix "---" (lib.trim text) then
    "has front matter that does not begin in its first line"
  else if kind == "skill" then
    "has no front matter"
  else
    null
else if inside == null then
  "has front matter that does not end: a line \"---\" is missing"
else if result.error != null then
  result.error
else if kind != "skill" then
  null
else if !(settings ? name && unquoted settings.name == name) then
  "does not have \"name: ${name}\" in its front matter"
else if settings.description or "" == "" then
  "has no description in its front matter, by which a model chooses it"
else
  null
