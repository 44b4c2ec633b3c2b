# Networks of their own: the units, what they know of each other, and what is refused.
{ lib, ask, ... }:
let
  isolated =
    network: { network = { isolate = true; } // network; };
  plain = ask.one { };
  closed = ask.one (isolated { });
  proxyConfig =
    network:
    builtins.readFile (
      lib.head (
        builtins.match ".*\"(/nix/store/[^\"]*squid.conf)\".*" (
          ask.value (ask.one (isolated network)) "opencode-x-proxy" "ExecStart"
        )
      )
    );
  rules = network: lib.filter (lib.hasPrefix "http_access") (lib.splitString "\n" (proxyConfig network));
  socketsOf =
    config:
    lib.filter (lib.hasPrefix "opencode") (lib.attrNames config.systemd.sockets);
  socketText = config: name: ask.plain config.systemd.units."${name}.socket".text;
in
{
  tests = {
    "without isolate, there are no units but the two, and no user" = {
      expr = [
        (ask.unitNames plain)
        (socketsOf plain)
        (plain.users.users ? opencode_door)
        (ask.directive plain "opencode-x" "PrivateNetwork")
      ];
      expected = [
        [
          "opencode-x"
          "opencode-x-setup"
        ]
        [ ]
        false
        [ ]
      ];
    };
    "nobody without a capability takes the place of a proxy that does not run" = {
      expr = [
        (lib.filter (lib.hasPrefix "http_port ") (lib.splitString "\n" (proxyConfig { })))
        (ask.value closed "opencode-x-proxy" "AmbientCapabilities")
      ];
      expected = [
        [ "http_port 127.173.113.23:28" ]
        "CAP_NET_BIND_SERVICE"
      ];
    };
    "with it, there are a way in, a way out and a proxy" = {
      expr = [
        (ask.unitNames closed)
        (socketsOf closed)
        (ask.value closed "opencode-x" "PrivateNetwork")
      ];
      expected = [
        [
          "opencode-x"
          "opencode-x-in"
          "opencode-x-out"
          "opencode-x-proxy"
          "opencode-x-setup"
          "opencode_resolv_conf"
        ]
        [
          "opencode-x-in"
          "opencode-x-out"
        ]
        "true"
      ];
    };
    "what resolves names is told when the name servers change" = {
      expr =
        let
          config = ask.instances {
            open = { };
            one.network.isolate = true;
            two.network = {
              isolate = true;
              credentials = lib.genAttrs [ "a" "b" ] (_: {
                upstream = "https://a.example";
                keyFile = "/run/secrets/a";
              });
            };
          };
        in
        [
          (plain.systemd.paths ? opencode_resolv_conf)
          config.systemd.paths.opencode_resolv_conf.pathConfig.PathChanged
          (lib.last (ask.directive config "opencode_resolv_conf" "ExecStart"))
        ];
      expected = [
        false
        "/etc/resolv.conf"
        "\"/nix/store/00000000000000000000000000000000-systemd/bin/systemctl\" \"--no-block\" \"try-reload-or-restart\" \"opencode-one-proxy.service\" \"opencode-two-proxy.service\" \"opencode-credentials.service\""
      ];
    };
    "a restart stops all sockets before it starts one" = {
      expr =
        let
          config = ask.one (isolated { allowedHostPorts = [ 11434 5432 ]; });
        in
        map (name: config.systemd.sockets."opencode-x-${name}".after) [
          "out"
          "host-11434"
          "host-5432"
        ];
      expected = [
        [ "opencode-x-in.socket" ]
        [ "opencode-x-out.socket" ]
        [ "opencode-x-host-11434.socket" ]
      ];
    };
    "the sockets inside come before the server, and make all that it asks for" = {
      expr =
        let
          text = socketText closed "opencode-x-out";
        in
        lib.filter (line: !lib.hasInfix line text) [
          "Before=opencode-x.service"
          "PrivateNetwork=true"
          "PrivateTmp=true"
          "PrivateIPC=true"
          "JoinsNamespaceOf=opencode-x.service"
        ];
      expected = [ ];
    };
    "a door shares neither /tmp nor a user with the server" = {
      expr = map (ask.directive closed "opencode-x-in") [
        "PrivateTmp"
        "PrivateIPC"
        "DynamicUser"
        "User"
      ];
      expected = [
        [ ]
        [ ]
        [ ]
        [ "opencode_door" ]
      ];
    };
    "clients come by every address, and opencodectl by 127.0.0.1" = {
      expr = map (
        address:
        (ask.one (isolated { } // { listen = { inherit address; port = 80; }; })).systemd.sockets.opencode-x-in.listenStreams
      ) [
        "127.0.0.1"
        "localhost"
        "0.0.0.0"
        "::"
        "192.0.2.1"
      ];
      expected = [
        [ "127.0.0.1:80" ]
        [ "127.0.0.1:80" ]
        [ "0.0.0.0:80" ]
        [ "[::]:80" ]
        [
          "192.0.2.1:80"
          "127.0.0.1:80"
        ]
      ];
    };
    "nothing is allowed by default" = {
      expr = rules { };
      expected = [
        "http_access deny manager for_domain"
        "http_access deny !tunnel !http for_protocol"
        "http_access deny !ports for_port"
        "http_access deny for_domain"
        "http_access deny private for_address"
        "http_access allow let"
      ];
    };
    "a name that has an address that was given and one that was not is refused" = {
      expr =
        let
          lines = lib.splitString "\n" (proxyConfig {
            allowedAddresses = [
              "127.0.0.0/9"
              "168.63.129.16"
            ];
          });
        in
        [
          (lib.filter (lib.hasPrefix "http_access deny private") lines)
          (lib.filter (lib.hasPrefix "acl private dst 127.") lines)
          (lib.elem "acl private dst 168.63.129.16" lines)
          (lib.elem "acl private dst 169.254.0.0/16" lines)
        ];
      expected = [
        [ "http_access deny private for_address" ]
        [ "acl private dst 127.128.0.0/9" ]
        false
        true
      ];
    };
    "every address may be given" = {
      expr = lib.filter (lib.hasInfix "private") (rules {
        allowedAddresses = [
          "0.0.0.0/0"
          "::/0"
        ];
      });
      expected = [ ];
    };
    "an answer of the DNS outlives the check of it" = {
      expr = lib.hasInfix "\nnegative_dns_ttl 1 minute\n" (proxyConfig { });
      expected = true;
    };
    "a wildcard is what is below it" = {
      expr = lib.hasInfix "acl wildcards dstdom_regex -n -i ^([a-z0-9_-]+\\.)+git-hub\\.com$\n" (proxyConfig {
        allowedDomains = [ "*.git-hub.com" ];
      });
      expected = true;
    };
    "no line is longer than squid reads, however many domains there are" = {
      expr = lib.filter (line: lib.stringLength line > 8191) (
        lib.splitString "\n" (proxyConfig {
          allowedDomains = lib.genList (n: "the-host-with-the-number-${toString n}.example") 500;
        })
      );
      expected = [ ];
    };
    "the proxy is within the limits of its instance" = {
      expr = ask.value closed "opencode-x-proxy" "Slice";
      expected = "opencode-x.slice";
    };
    "io_uring, which makes sockets of any kind, is out of reach" = {
      expr = map (
        unit: lib.elem "~io_uring_setup io_uring_enter io_uring_register" (ask.directive closed unit "SystemCallFilter")
      ) [
        "opencode-x"
        "opencode-x-setup"
        "opencode-x-in"
        "opencode-x-proxy"
      ];
      expected = [
        true
        true
        true
        true
      ];
    };
    "sockets that lead out are out of sight" = {
      expr = [
        (lib.filter (path: lib.hasInfix "nscd" path || lib.hasInfix "resolve" path) (
          ask.directive closed "opencode-x" "BindReadOnlyPaths"
        ))
        (ask.directive closed "opencode-x" "InaccessiblePaths")
      ];
      expected = [
        [ ]
        [ "-/nix/var/nix/daemon-socket" ]
      ];
    };
    "programs are told of the proxy in both spellings" = {
      expr = map (ask.variable closed "opencode-x") [
        "HTTPS_PROXY"
        "https_proxy"
        "npm_config_https_proxy"
        "NO_PROXY"
      ];
      expected = [
        "http://127.0.0.1:3128"
        "http://127.0.0.1:3128"
        "http://127.0.0.1:3128"
        "localhost,127.0.0.1,::1"
      ];
    };
    "the proxy is where nothing else is" = {
      expr = ask.variable (ask.one (
        isolated { allowedHostPorts = [ 3128 ]; } // { listen.port = 3129; }
      )) "opencode-x" "HTTPS_PROXY";
      expected = "http://127.0.0.1:3130";
    };
    "a user who has other processes does not see them, since these have the host's network" = {
      expr = map (config: ask.directive config "opencode-x" "PrivatePIDs") [
        closed
        (ask.system {
          users.users.alice.isNormalUser = true;
          services.opencode.instances.x = isolated { } // {
            user = "alice";
          };
        })
      ];
      expected = [
        [ ]
        [ "true" ]
      ];
    };
    "a network of another kind is refused" =
      ask.refuses (ask.one (isolated { } // { serviceConfig.NetworkNamespacePath = "/run/netns/other"; }))
        [
          "services.opencode.instances.x.serviceConfig"
          "NetworkNamespacePath"
        ];
    "the user of the doors is no user of an instance" =
      ask.refuses (ask.one (isolated { } // { user = "opencode_door"; }))
        [ "services.opencode.instances.x.user" ];
    "nor of one with the network of the host, and the user of the keys neither" =
      ask.refuses (ask.one { user = "opencode_credentials"; })
        [ "services.opencode.instances.x.user" ];
    "nor is its group one of an instance" =
      ask.refuses (ask.one { extraGroups = [ "opencode_door" ]; })
        [ "services.opencode.instances.x.extraGroups" ];
    "units of two instances that have one name are refused" =
      let
        withKey = id: isolated {
          credentials.${id} = {
            upstream = "https://a.example/v1";
            keyFile = "/run/secrets/a";
          };
        };
      in
      ask.refuses
        (ask.instances {
          x = withKey "p-credential-q";
          x-credential-p = withKey "q";
        })
        [
          "x, x-credential-p all need a unit named opencode-x-credential-p-credential-q"
          "Rename"
        ];
    "a setup unit of another is no unit of a provider" =
      ask.refuses
        (ask.instances {
          x = isolated {
            credentials.p-setup = {
              upstream = "https://a.example/v1";
              keyFile = "/run/secrets/a";
            };
          };
          x-credential-p = { };
        })
        [ "opencode-x-credential-p-setup" ];
    "the port of another server is warned about" =
      ask.warns
        (ask.instances {
          x = isolated { allowedHostPorts = [ 4100 ]; };
          y.listen.port = 4100;
        })
        [
          "services.opencode.instances.x.network.allowedHostPorts contains 4100"
          "server of y"
        ];
    "hooks with the network of the host are warned about" =
      ask.warns (ask.one (isolated { } // { hookSandbox.network = true; postInitScript = "git clone x"; }))
        [ "services.opencode.instances.x.hookSandbox.network" ];
    "and not where there are none" = ask.isSilent (
      ask.one (isolated { } // { hookSandbox.network = true; })
    );
    "an address with three numbers is refused, with the network of the host as well" =
      ask.refuses (ask.one { listen.address = "1.2.3"; auth.required = false; })
        [ "services.opencode.instances.x.listen.address is \"1.2.3\"" ];
    "and one with a number above 255" =
      ask.refuses (ask.one (isolated { } // { listen.address = "127.0.0.256"; auth.required = false; }))
        [ "services.opencode.instances.x.listen.address is \"127.0.0.256\"" ];
    "IPv6 addresses are addresses" = ask.accepts (ask.one (isolated { } // { listen.address = "::1"; }));
    "a list that holds nothing back is warned about" =
      ask.warns (ask.one { network.allowedDomains = [ "a.example" ]; })
        [
          "services.opencode.instances.x.network.allowedDomains"
          "network.isolate"
        ];
    "a name to listen on is refused" =
      ask.refuses (ask.one (isolated { } // { listen.address = "agents.example"; auth.required = false; }))
        [ "services.opencode.instances.x.listen.address" ];
    "an instance with the name of one of the units is refused" =
      ask.refuses
        (ask.instances {
          x = isolated { };
          x-proxy = { };
        })
        [
          "\"x-proxy\""
          "Rename"
        ];
    "the server's own port is no port of the host" =
      ask.refuses (ask.one (isolated { allowedHostPorts = [ 17986 ]; }))
        [ "services.opencode.instances.x.network.allowedHostPorts has 17986" ];
    "a host that is not allowed is warned about" =
      ask.warns
        (ask.one (
          isolated { allowedDomains = [ "*.a.example" ]; }
          // {
            config = {
              provider.p.options.baseURL = "https://api.b.example:8443/v1";
              mcp.m = {
                type = "remote";
                url = "https://mcp.a.example/";
              };
            };
          }
        ))
        [
          "services.opencode.instances.x.config.provider.p.options.baseURL"
          "api.b.example"
          "network.allowedDomains"
        ];
    "a plugin needs the registry" =
      ask.warns (ask.one (isolated { } // { config.plugin = [ "some-plugin" ]; }))
        [ "registry.npmjs.org" ];
    "the registry of the environment counts" = ask.isSilent (
      ask.one (
        isolated { allowedDomains = [ "npm.a.example" ]; }
        // {
          config.plugin = [ "some-plugin" ];
          environment.npm_config_registry = "https://npm.a.example/";
        }
      )
    );
    "an allowed host, and one of the loopback, are not" = ask.isSilent (
      ask.one (
        isolated { allowedDomains = [ "api.b.example" ]; }
        // {
          config.provider = {
            p.options.baseURL = "https://api.b.example/v1";
            q.options.baseURL = "http://127.0.0.1:11434/v1";
          };
        }
      )
    );
  };

  errors =
    lib.mapAttrs
      (_: network: {
        expr = ask.value (ask.one (isolated network)) "opencode-x-proxy" "ExecStart";
        message = "network.${lib.head (lib.attrNames network)}";
      })
      {
        "a pattern is no domain".allowedDomains = [ "*" ];
        "an address is no domain".allowedDomains = [ "192.0.2.1" ];
        "a number is no domain".allowedDomains = [ "2130706433" ];
        "a hexadecimal number is no domain".allowedDomains = [ "*.0x7f" ];
        "an address has four numbers below 256".allowedAddresses = [ "300.1.1.1/99" ];
        "a range has no more bits than an address".allowedAddresses = [ "10.0.0.0/33" ];
        "a name is no address".allowedAddresses = [ "a.example" ];
        "no connection has port 0".allowedPorts = [ 0 ];
        "nothing listens at port 0".allowedHostPorts = [ 0 ];
      };
}
