# The book of ../docs as HTML.
{
  lib,
  runCommand,
  mdbook,
}:
let
  root = toString ../.;

  isWanted =
    path: _type:
    path == "${root}/book.toml" || path == "${root}/docs" || lib.hasPrefix "${root}/docs/" path;

  source = lib.cleanSourceWith {
    name = "opencode-setup-book-source";
    src = ../.;
    filter = isWanted;
  };
in
runCommand "opencode-setup-book" { nativeBuildInputs = [ mdbook ]; } ''
  mdbook build ${source} --dest-dir "$out"
''
