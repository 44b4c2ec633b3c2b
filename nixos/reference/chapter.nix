# The chapter of the NixOS manual, from the pages of the book that are about NixOS: one text, with identifiers to link to.
{ lib, book }:
let
  prefix = "module-services-opencode";

  lines = lib.splitString "\n";
  summary = builtins.readFile (book + "/SUMMARY.md");

  isOfNixos =
    page:
    page == "tutorial.md"
    || lib.hasPrefix "how-to/" page && page != "how-to/without-nixos.md"
    || lib.elem page [
      "explanation/boot-order.md"
      "explanation/threat-model.md"
      "explanation/who-decides.md"
    ];

  # In the order of the book.
  pages = lib.filter isOfNixos (
    lib.concatMap (
      line:
      let
        listed = builtins.match "- \\[.*]\\(([a-z0-9./-]+)\\)" line;
      in
      lib.optionals (listed != null) listed
    ) (lines summary)
  );

  # "Back up and restore" -> "back-up-and-restore"
  slug =
    title:
    lib.concatStringsSep "-" (
      lib.filter (word: lib.isString word && word != "") (builtins.split "[^a-z0-9]+" (lib.toLower title))
    );

  # "how-to/limits.md" -> "limits"
  nameOf = page: slug (lib.removeSuffix ".md" (baseNameOf page));

  # One level lower than in the page, whose own heading is a section of the chapter.
  heading =
    page: line:
    let
      name = nameOf page;
      parts = builtins.match "(#+) (.*)" line;
      title = lib.last parts;
    in
    if parts == null then
      line
    else if lib.head parts == "#" then
      "## ${title} {#${prefix}-${name}}"
    else
      "#${lib.head parts} ${title} {#${prefix}-${name}-${slug title}}";

  # To a page of the chapter, or to nothing: the other pages are not in the manual.
  link =
    from: match:
    let
      text = lib.head match;
      path = lib.elemAt match 1;
      # Relative to the folder of the page, which is at most one level deep.
      target =
        if lib.hasPrefix "../" path then
          lib.removePrefix "../" path
        else if lib.hasInfix "/" from then
          "${dirOf from}/${path}"
        else
          path;
    in
    if lib.elem target pages then "[${text}](#${prefix}-${nameOf target})" else text;

  withLinks =
    from: line:
    lib.concatMapStrings (part: if lib.isString part then part else link from part) (
      builtins.split "\\[([^]]*)]\\(([a-zA-Z0-9./-]+\\.md)(#[a-z0-9-]+)?\\)" line
    );

  # A line of a code block may look like a heading.
  convert =
    page:
    { inCode, converted }:
    line:
    let
      isFence = lib.hasPrefix "```" (lib.trim line);
    in
    {
      inCode = inCode != isFence;
      converted = converted ++ [ (if inCode then line else heading page (withLinks page line)) ];
    };

  section =
    page:
    lib.concatLines
      (lib.foldl' (convert page) {
        inCode = false;
        converted = [ ];
      } (lines (lib.trim (builtins.readFile (book + "/${page}"))))).converted;
in
lib.concatStringsSep "\n" ([ "# opencode {#${prefix}}\n" ] ++ map section pages)
