# Warnings about rules that never hold, since the alphabetical order of an attribute set lets a wider one of another action
# come after them. In a list, the operator chose the order.
{
  lib,
  ordered,
  # ../config/rules.nix
  rules,
}:
let
  # The server's order: JavaScript moves names that look like integers to the front.
  sorted =
    set:
    let
      entries = lib.partition (entry: builtins.match "0|[1-9][0-9]*" entry.name != null) (
        lib.attrsToList set
      );
    in
    entries.right ++ entries.wrong;

  # { isSorted; entries; }, where an action in place of an object is one for everything.
  objectOf =
    value:
    if ordered.isOrdered value then
      {
        isSorted = false;
        inherit (value) entries;
      }
    else if lib.isAttrs value then
      {
        isSorted = true;
        entries = sorted value;
      }
    else
      {
        isSorted = false;
        entries = [
          {
            name = "*";
            inherit value;
          }
        ];
      };

  # All rules of a root, in order, with the object that each is in.
  rulesAt =
    path: value:
    let
      tools = objectOf value;
      rulesOf =
        tool:
        let
          patterns = objectOf tool.value;
        in
        map (entry: {
          path = path ++ [ tool.name ] ++ lib.optional (lib.isAttrs tool.value) entry.name;
          root = path;
          tool = tool.name;
          pattern = entry.name;
          action = entry.value;
          toolsAreSorted = tools.isSorted;
          patternsAreSorted = patterns.isSorted;
        }) patterns.entries;
    in
    # One action for every tool undoes nothing.
    lib.optionals (lib.isAttrs value) (lib.concatMap rulesOf tools.entries);

  # Does one pattern match all that another does? `*` is any text, `?` one character, and a final ` *` may match nothing.
  covers =
    wide:
    let
      toRegex =
        pattern: lib.replaceStrings [ "\\*" "\\?" ] [ ".*" "[^*]" ] (lib.escapeRegex pattern);
      regex =
        if lib.hasSuffix " *" wide then
          "${toRegex (lib.removeSuffix " *" wide)}( .*)?"
        else
          toRegex wide;
    in
    narrow:
    lib.all (text: builtins.match regex text != null) (
      [ narrow ] ++ lib.optional (lib.hasSuffix " *" narrow) (lib.removeSuffix " *" narrow)
    );

  # Is the order of two rules the alphabet's?
  isOrderOfSet =
    one: other: if one.tool == other.tool then one.patternsAreSorted else one.toolsAreSorted;

  show = rule: "${lib.showOption rule.path} = ${builtins.toJSON rule.action}";

  warning =
    rule: later:
    let
      place = lib.showOption (
        if rule.tool == later.tool then lib.init rule.path else rule.root
      );
    in
    "opencode.json: `${show rule}' never holds: an attribute set is rendered in alphabetical order, and the last rule that matches holds, which is `${show later}'. Write `${place}' as a list, in the order that is meant: [ { ... = ...; } { ... = ...; } ].";

  warningsAmong =
    all:
    lib.concatLists (
      lib.imap1 (
        index: rule:
        let
          over = lib.filter (
            later: covers later.tool rule.tool && covers later.pattern rule.pattern
          ) (lib.drop index all);
          last = lib.last over;
        in
        lib.optional (over != [ ] && last.action != rule.action && isOrderOfSet rule last) (
          warning rule last
        )
      ) all
    );
in
rendered:
lib.concatMap (path: warningsAmong (rulesAt path (lib.getAttrFromPath path rendered))) (
  rules.rootsIn rendered
)
