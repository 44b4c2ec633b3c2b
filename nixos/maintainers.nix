# Who looks after the package and the module, in the form of nixpkgs' lib.maintainers.
[
  {
    name = "The opencode-setup maintainers";
    email = "maintainers@users.noreply.r-seed-4ea82471.example";
  }
]
