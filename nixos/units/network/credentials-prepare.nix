# What nginx reads that is only known on the machine: keys, the certificates they are sent under, and the servers of the DNS.
#
# A mistake in what one provider of one instance has is no reason to leave the others without theirs: requests to that one
# are answered with 503, and the journal names it.
{ lib, pkgs }:
{
  # The program.
  nginx,
  # Its configuration that reads no more than check.conf, of what is written here.
  check,
  # [ { credential; declared; } ]
  credentials,
}:
# Only commands of the shell see a key: arguments are for everyone to read.
pkgs.writeShellScript "opencode-credentials-prepare" ''
  set -euo pipefail
  export LC_ALL=C
  cd "$RUNTIME_DIRECTORY"

  # without CREDENTIAL REASON
  without() {
    echo "opencode-credentials: $1: $2. Until it is corrected and opencode-credentials is restarted, requests are answered with 503" >&2
    echo 'return 503;' > "$1.conf"
  }

  # The line with a key, which is for nginx's own user alone: nginx takes no header from a file.
  # hold CREDENTIAL HEADER PREFIX
  hold() {
    local key
    key=$(< "$CREDENTIALS_DIRECTORY/$1")
    # These end or change a string in quotes. nginx takes up to 4096 characters, and prints the beginning of more.
    if [[ $key =~ ^[[:graph:]]+$ && $key != *[\"\\\$]* && ''${#key} -le 3000 ]]; then
      printf 'proxy_set_header %s "%s%s";\n' "$2" "$3" "$key" > "$1.key"
    fi
  }

  # add CREDENTIAL FILE HEADER PREFIX AUTHORITIES
  add() {
    local said
    # A reload has no credentials: the keys are those that there were at the start.
    if [[ -v CREDENTIALS_DIRECTORY ]]; then
      hold "$1" "$3" "$4"
    fi
    if ! [[ -e $1.key ]]; then
      without "$1" "$2 is missing, or no key that fits into a header: it must be one line of up to 3000 visible ASCII characters, without quotes, backslashes, dollar signs and spaces"
      return
    fi
    printf '%s\nproxy_ssl_trusted_certificate "%s";\nproxy_pass $provider;\n' "$(< "$1.key")" "$5" > check.conf
    # nginx does not start with certificates that it cannot read.
    if said=$(${nginx} -t -q -e stderr -c ${check} 2>&1); then
      mv check.conf "$1.conf"
    else
      without "$1" "$5 is missing, or nginx cannot read certificates (PEM) in it (''${said//$'\n'/ })"
    fi
  }

  # nginx asks the DNS by itself. A link-local server has a zone, which it does not take.
  servers=()
  while read -r keyword address _; do
    case $keyword/$address in
      nameserver/*%*) ;;
      nameserver/*:*) servers+=("[$address]") ;;
      nameserver/?*) servers+=("$address") ;;
    esac
  done < /etc/resolv.conf
  echo "resolver ''${servers[*]:-127.0.0.1};" > resolver.conf

  ${lib.concatMapStrings (
    one:
    "add ${
      lib.escapeShellArgs [
        one.credential
        one.declared.keyFile
        one.declared.header
        one.declared.prefix
        one.declared.caFile
      ]
    }\n"
  ) credentials}
  rm -f check.conf
''
