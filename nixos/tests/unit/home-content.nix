# What the operator declares of HOME's content, and what is wrong with it.
{
  lib,
  pkgs,
  ask,
  ...
}:
let
  linksOf = config: lib.filter (link: !lib.hasSuffix "/.gitignore" link.path) (lib.tail (ask.manifest config "x").links);
  pathsOf = config: map (link: link.path) (linksOf config);
  textsOf = config: map (link: builtins.readFile link.source) (linksOf config);
  kindsOf = config: map (link: link.kind or "file") (linksOf config);

  markdown = frontMatter: "---\n${frontMatter}\n---\nBody.\n";
  agent = frontMatter: ask.one { agents.a = markdown frontMatter; };
  skill = frontMatter: ask.one { skills.s = markdown frontMatter; };

  # Texts of agents that opencode 1.18.33 was seen to read as they are meant, and others of which it dropped the settings.
  readWell = [
    "description: Good\nmode: subagent"
    "description: a: b: c\nmode: subagent"
    "description: >\n  Two\n  lines\nmode: subagent"
    "description: \"quoted\"\n# comment\n\npermission:\n  bash:\n    \"git *\": allow"
    "tools: [a,\n  b]"
    "description: it's fine"
  ];
  dropped = [
    "description: \"open\nmode: subagent"
    "\tdescription: x\n\tmode: subagent"
    "description: x\n  mode: subagent"
    "mode: subagent\nmode: primary"
    "just words"
    "- a\n- b"
  ];
  built = pkgs.package "skills";
in
{
  tests = {
    "each kind has its place" = {
      expr = pathsOf (
        ask.one {
          context = "Be kind.";
          agents.reviewer = markdown "mode: subagent";
          commands."deep/hello" = "Say hello.";
          skills.release = markdown "name: release\ndescription: d";
          skills.folder = ../fixtures/folder;
          tools.stamp = "export default {}";
          tools."plain.js" = "export default {}";
          plugins.audit = "export {}";
          themes.dark.theme.primary = "#000000";
          tui.theme = "dark";
          files.".config/git/ignore".text = "*.log";
        }
      );
      expected = [
        ".config/git/ignore"
        ".config/opencode/AGENTS.md"
        ".config/opencode/agents/reviewer.md"
        ".config/opencode/commands/deep/hello.md"
        ".config/opencode/skills/folder"
        ".config/opencode/skills/release/SKILL.md"
        ".config/opencode/tools/plain.js"
        ".config/opencode/tools/stamp.ts"
        ".config/opencode/plugins/audit.ts"
        ".config/opencode/themes/dark.json"
        ".config/opencode/tui.json"
      ];
    };
    "text is written as it is, and JSON as JSON" = {
      expr = textsOf (
        ask.one {
          context = "Be kind.";
          tui.theme = "dark";
        }
      );
      expected = [
        "Be kind."
        ''{"theme":"dark"}''
      ];
    };
    "a folder is linked as one, whether it is here or built" = {
      expr = map kindsOf [
        (ask.one { skills.folder = ../fixtures/folder; })
        (ask.one { skills.folder = "${built}/folder"; })
        (ask.one { skills.file = "${built}/file.md"; })
        (ask.one { files.x.source = ../fixtures/folder; })
        (ask.one {
          files.x = {
            source = "/srv/reference";
            kind = "directory";
          };
        })
        (ask.one { files.x.source = "/srv/reference.md"; })
      ];
      expected = [
        [ "directory" ]
        [ "directory" ]
        [ "file" ]
        [ "directory" ]
        [ "directory" ]
        [ "file" ]
      ];
    };
    "a skill that is not built yet is looked at when the system is" = {
      expr = lib.hasInfix "${built}/folder/SKILL.md" (ask.manifestFile (ask.one {
        skills.folder = "${built}/folder";
      }) "x").checkPhase;
      expected = true;
    };
    "defaults are merged by name, an instance's own wins, and null takes one away" = {
      expr =
        let
          config = ask.overDefaults.layered {
            commands = {
              a = "default";
              b = "default";
              c = "default";
            };
            files.d.text = "default";
            files.e.text = "default";
          } {
            commands.b = "own";
            commands.c = null;
            files.e = null;
          };
        in
        [
          (pathsOf config)
          (textsOf config)
        ];
      expected = [
        [
          "d"
          ".config/opencode/commands/a.md"
          ".config/opencode/commands/b.md"
        ]
        [
          "default"
          "default"
          "own"
        ]
      ];
    };
    "front matter that opencode reads is fine" = {
      expr = map (text: ask.errors (agent text)) readWell;
      expected = map (_: [ ]) readWell;
    };
    "front matter whose settings opencode would drop is refused" = {
      expr = map (text: lib.length (ask.errors (agent text))) dropped;
      expected = map (_: 1) dropped;
    };
    "an agent may have none" = ask.accepts (ask.one { agents.a = "Be kind.\n"; });
    "front matter that does not end is refused" = ask.refuses (ask.one {
      agents.a = "---\nmode: subagent\nBe kind.\n";
    }) [ "instances.x.agents.a: the file has front matter that does not end" ];
    "nor one that begins later" = ask.refuses (ask.one { commands.a = "\n---\nagent: plan\n---\n"; }) [
      "instances.x.commands.a: "
      "does not begin in its first line"
    ];
    "a skill has a name, the one that it is declared by" = {
      expr = map (text: lib.length (ask.errors (skill text))) [
        "name: s\ndescription: d"
        "name: \"s\"\ndescription: d"
        "description: d"
        "name: other\ndescription: d"
        "name: s"
      ];
      expected = [
        0
        0
        1
        1
        1
      ];
    };
    "a skill has front matter" = ask.refuses (ask.one { skills.s = "Do it.\n"; }) [
      "instances.x.skills.s: the file has no front matter"
    ];
    "a folder without SKILL.md is no skill" = ask.refuses (ask.one { skills.s = ../golden; }) [
      "instances.x.skills.s: the file has no front matter"
    ];
    "a path in quotes is refused wherever it looks like one" = {
      expr = map (path: lib.length (ask.errors (ask.one { agents.a = path; }))) [
        "./agents/a.md"
        "../a"
        "~/a.md"
        "agents/a.md"
        "Read AGENTS.md first."
      ];
      expected = [
        1
        1
        1
        1
        0
      ];
    };
    "a file that is not there is told of by its option" = ask.refuses (ask.one { skills.s = ../missing; }) [
      "instances.x.skills.s: "
      "does not exist"
      "/missing"
      "`git add`"
    ];
    "a folder is no agent" = ask.refuses (ask.one { agents.a = ../fixtures/folder; }) [
      "instances.x.agents.a: "
      "/folder is a directory"
    ];
    "a name is one, without .md" = {
      expr = map (name: lib.length (ask.errors (ask.one { agents.${name} = "Be kind."; }))) [
        ""
        "a/"
        "a.md"
        "a/b"
      ];
      expected = [
        1
        1
        1
        0
      ];
    };
    "a source is an absolute path" = ask.refuses (ask.one { files.x.source = "./reference"; }) [
      "instances.x.files.x.source: \"./reference\" is not an absolute path"
    ];
    "nothing is below a link" = ask.refuses (ask.one {
      files.a.source = "/srv/a";
      files."a/b/c".text = "c";
    }) [ ''instances.x.files."a/b/c": a/b/c is below a, for which services.opencode.instances.x.files.a declares a link'' ];
    "no link replaces a directory that the setup unit makes" = {
      expr =
        map (x: lib.length (ask.errors (ask.one x))) [
          { files.".config/opencode".source = "/srv/opencode"; }
          { files.".local".source = "/srv/local"; }
          { files.".claude".source = "/srv/claude"; }
          {
            files.".claude".source = "/srv/claude";
            lockConfig = false;
          }
          { files.".claude/skills".source = "/srv/skills"; }
        ];
      expected = [
        1
        1
        1
        0
        0
      ];
    };
    "no link is where the executor keeps what is its own" = {
      expr = map (path: lib.length (ask.errors (ask.one { files.${path}.text = "a"; }))) [
        ".local/state/opencode-setup/state.json"
        "a/.b.opencode-setup/c"
        "b.opencode-setup"
      ];
      expected = [
        1
        1
        0
      ];
    };
    "a path as text is refused" = ask.refuses (ask.one { context = "/srv/AGENTS.md"; }) [
      "instances.x.context: the string \"/srv/AGENTS.md\" would be the content"
      "`files.<path>.source`"
    ];
    "a file has one content" = {
      expr = map (file: lib.length (ask.errors (ask.one { files.x = file; }))) [
        { }
        {
          text = "a";
          source = "/b";
        }
      ];
      expected = [
        1
        1
      ];
    };
    "a path that is not below HOME is refused" = {
      expr = map (path: lib.length (ask.errors (ask.one { files.${path}.text = "a"; }))) [
        "/etc/x"
        "../x"
        "a//b"
        "a/"
      ];
      expected = [
        1
        1
        1
        1
      ];
    };
    "what is the module's own is refused" = ask.refuses (ask.one {
      files.".config/opencode/opencode.json".text = "{}";
    }) [ "the module itself creates" ];
    "one place for two is refused" = ask.refuses (ask.one {
      context = "a";
      files.".config/opencode/AGENTS.md".text = "b";
    }) [
      "files"
      "context declare the same path, .config/opencode/AGENTS.md"
    ];
  };
}
