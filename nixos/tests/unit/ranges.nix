# Ranges of IP addresses: what is one, and what is left of some without others.
{ lib, ... }:
let
  ranges = import ../../ranges.nix { inherit lib; };
in
{
  tests = {
    "what is a range" = {
      expr = lib.filter ranges.isRange [
        "0.0.0.0/0"
        "10.0.0.1"
        "10.0.0.0/8"
        "::"
        "fe80::/10"
        "2001:DB8::1/128"
        # And what is none.
        "300.1.1.1"
        "10.0.0.0/33"
        "10.0.0.0/"
        "10.0.0.0/8/8"
        "010.0.0.1"
        "1.2.3"
        ":"
        ":::"
        "1:2:3"
        "::g"
        "::/129"
        "[::1]"
        "a.example"
        ""
      ];
      expected = [
        "0.0.0.0/0"
        "10.0.0.1"
        "10.0.0.0/8"
        "::"
        "fe80::/10"
        "2001:DB8::1/128"
      ];
    };
    "an address is no range" = {
      expr = map ranges.isAddress [
        "10.0.0.1"
        "10.0.0.1/32"
      ];
      expected = [
        true
        false
      ];
    };
    "what is left without a part" = {
      expr = ranges.subtract [
        "10.0.0.0/8"
        "fc00::/7"
        "127.0.0.0/8"
      ] [
        "10.32.0.0/11"
        "fd00::/9"
      ];
      expected = [
        "10.128.0.0/9"
        "10.64.0.0/10"
        "10.0.0.0/11"
        "fc00:0:0:0:0:0:0:0/8"
        "fd80:0:0:0:0:0:0:0/9"
        "127.0.0.0/8"
      ];
    };
    "nothing is left of what is in another" = {
      expr = ranges.subtract [
        "10.1.0.0/16"
        "10.2.3.4"
        "11.0.0.0/8"
      ] [
        "10.0.0.0/8"
        "11.0.0.0/8"
      ];
      expected = [ ];
    };
    "without others, they stay as they are written" = {
      expr = ranges.subtract [ "::/96" ] [ ];
      expected = [ "::/96" ];
    };
  };
}
