# IP addresses and ranges of them (CIDR), as what their addresses begin with in binary: { v6; bits; }. One without a length is
# a range of one address.
{ lib }:
let
  inherit (lib.network) ipv6;

  splitAtSlash = text: lib.splitString "/" text;

  # A number as `count` binary digits.
  digitsOf =
    count: number:
    let
      digits = lib.concatMapStrings toString (lib.toBaseDigits 2 number);
    in
    lib.fixedWidthString count "0" digits;

  numberOf = lib.foldl' (number: digit: 2 * number + (if digit == "1" then 1 else 0)) 0;

  # 0 to `most`, without leading zeros, which some programs read as octal.
  isNumberUpTo =
    most: text: builtins.match "0|[1-9][0-9]{0,2}" text != null && lib.toIntBase10 text <= most;

  bitsOfV4 =
    address:
    let
      parts = lib.splitString "." address;
    in
    if lib.length parts == 4 && lib.all (isNumberUpTo 255) parts then
      lib.concatMapStrings (part: digitsOf 8 (lib.toIntBase10 part)) parts
    else
      null;

  bitsOfV6 =
    address:
    let
      parsed = builtins.tryEval (ipv6.fromString "${address}/128").address;
    in
    if builtins.match "[0-9a-fA-F:]*:[0-9a-fA-F:]*" address != null && parsed.success then
      lib.concatMapStrings (part: digitsOf 16 (lib.fromHexString part)) (lib.splitString ":" parsed.value)
    else
      null;

  # The range that a text stands for, or null.
  parse =
    text:
    let
      parts = splitAtSlash text;
      address = lib.head parts;
      v6 = lib.hasInfix ":" address;
      bits = (if v6 then bitsOfV6 else bitsOfV4) address;
      size = if v6 then 128 else 32;
      length = if lib.length parts == 1 then toString size else lib.elemAt parts 1;
    in
    if lib.length parts > 2 || bits == null || !isNumberUpTo size length then
      null
    else
      {
        inherit v6;
        bits = lib.substring 0 (lib.toIntBase10 length) bits;
      };

  show =
    { v6, bits }:
    let
      length = lib.stringLength bits;
      digits = lib.stringToCharacters (
        bits + lib.fixedWidthString ((if v6 then 128 else 32) - length) "0" ""
      );
      partsOf = size: lib.genList (n: numberOf (lib.sublist (n * size) size digits));
      address =
        if v6 then
          lib.concatMapStringsSep ":" (part: lib.toLower (lib.toHexString part)) (partsOf 16 8)
        else
          lib.concatMapStringsSep "." toString (partsOf 8 4);
    in
    "${address}/${toString length}";

  # The ranges that are left of `range` without those of `taken`.
  without =
    range: taken:
    if range.v6 != taken.v6 || !(isIn range taken || isIn taken range) then
      [ range ]
    else
      # At each length between the two, the half that `taken` is not in: none where `range` is in it.
      lib.genList (
        n:
        let
          common = lib.stringLength range.bits + n;
        in
        range
        // {
          bits =
            lib.substring 0 common taken.bits
            + (if lib.substring common 1 taken.bits == "1" then "0" else "1");
        }
      ) (lib.max 0 (lib.stringLength taken.bits - lib.stringLength range.bits));

  isIn = inner: outer: lib.hasPrefix outer.bits inner.bits;
in
{
  # Whether a text is an IP address, or a range of them.
  isRange = text: parse text != null;
  isAddress = text: !lib.hasInfix "/" text && parse text != null;

  # What is left of some ranges without others, all of them as texts.
  subtract =
    ranges: others:
    if others == [ ] then
      ranges
    else
      map show (
        lib.foldl' (left: other: lib.concatMap (range: without range other) left) (map parse ranges) (
          map parse others
        )
      );
}
