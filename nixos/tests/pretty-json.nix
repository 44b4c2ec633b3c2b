# JSON for reviewers: a line for each thing that can change.
{ lib }:
let
  print =
    indent: value:
    let
      deeper = "${indent}  ";
      block =
        open: close: lines:
        if lines == [ ] then
          open + close
        else
          "${open}\n${lib.concatMapStringsSep ",\n" (line: deeper + line) lines}\n${indent}${close}";
    in
    if lib.isAttrs value then
      block "{" "}" (
        lib.mapAttrsToList (name: inner: "${builtins.toJSON name}: ${print deeper inner}") value
      )
    else if lib.isList value then
      block "[" "]" (map (print deeper) value)
    else
      builtins.toJSON value;
in
value: print "" value + "\n"
