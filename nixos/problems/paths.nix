# What the rules ask about paths.
{ lib }:
rec {
  # "/a/b/c" -> [ "/a/b/c" "/a/b" "/a" "/" ], and "a/b" -> [ "a/b" "a" "." ]
  selfAndParents =
    path: if path == "/" || path == "." then [ path ] else [ path ] ++ selfAndParents (builtins.dirOf path);

  # The first of `path` and its parents that `set` has, or null.
  nearestIn = set: path: lib.findFirst (parent: set ? ${parent}) null (selfAndParents path);
}
