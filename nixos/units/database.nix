# Moving from one major of opencode to another: a newer one migrates the database for good.
#
# What HOME was last used by is in a record. It is written when setup is done, and before the server starts, so that a run
# that is cut off, or fails, begins anew. It is the owner's: who removes it does without the refusal.
{ pkgs }:
let
  record = ".local/state/opencode-major";
  folder = ".local/share/opencode";
  # The move that a copy has been made for ("1 2"). It is removed when setup is done: a setup that fails and is tried again
  # makes no second copy, even if a hook has changed the database since.
  copied = ".local/state/opencode-major.copied";

  # Sets `recorded`, in HOME. Without a record it is opencode 1: whatever ran 2 has left one. Empty for what is no record.
  readRecord = ''
    recorded=1
    if [ -L ${record} ] || { [ -e ${record} ] && [ ! -f ${record} ]; }; then
      recorded=
    elif [ -e ${record} ]; then
      read -r recorded < ${record} || true
    fi
  '';

  before = pkgs.writeShellScript "opencode-keep-database" ''
    set -euo pipefail
    to=$1
    if [ ! -d "$HOME" ]; then
      exit 0 # which the executor tells
    fi
    cd "$HOME"

    ${readRecord}
    from=$recorded
    if ! [[ $from =~ ^[1-9][0-9]{0,3}$ ]]; then
      echo "$HOME/${record} is not a major of opencode, so what the database belongs to is unknown: write 1 or 2 to it" >&2
      exit 1
    fi
    if [ "$from" = "$to" ]; then
      exit 0
    fi

    # opencode puts the channel of its build into the name, unless it is a release: with nixpkgs, opencode-stable.db.
    found=()
    shopt -s nullglob
    for file in ${folder}/opencode*.db ${folder}/opencode*.db-wal ${folder}/opencode*.db-shm; do
      if [ -L "$file" ] || [ ! -f "$file" ]; then
        echo "$HOME/$file is not a regular file, so no copy of it is made for opencode $to: put the database itself there" >&2
        exit 1
      fi
      found+=("$file")
    done
    if [ ''${#found[@]} = 0 ]; then
      exit 0
    fi

    if [ "$from" -gt "$to" ]; then
      echo "$HOME was last used by opencode $from, which has changed its database for good, and opencode $to would not understand it: go back to opencode $from, or restore the latest of $HOME/${folder}/before-opencode-$from* and write $to to $HOME/${record}" >&2
      exit 1
    fi

    if [ -f ${copied} ] && [ "$(< ${copied})" = "$from $to" ]; then
      exit 0
    fi

    # Of an attempt that was cut off before it could note that there is a copy.
    is_copied() {
      local file
      for file in "''${found[@]}"; do
        [ "$(stat --format='%s %.Y' "$file")" = "$(stat --format='%s %.Y' "$1/''${file##*/}" 2>&1)" ] || return 1
      done
    }

    copy=${folder}/before-opencode-$to
    number=1
    while [ -e "$copy" ] || [ -L "$copy" ]; do
      if is_copied "$copy"; then
        exit 0
      fi
      copy=${folder}/before-opencode-$to.$number
      number=$((number + 1))
    done
    # A private name: what is in it is the part of a copy that was cut off.
    part=${folder}/.before-opencode-$to.part
    if [ -L "$part" ]; then
      echo "$HOME/$part is a symbolic link, and a copy of the database would be made there: remove it" >&2
      exit 1
    fi
    # Of another attempt: a log of changes that has gone since would be applied to this copy when it is opened.
    rm -rf "$part"
    mkdir "$part"
    cp --reflink=auto --preserve=mode,timestamps --remove-destination "''${found[@]}" "$part"
    sync "$part"/*
    mv --no-target-directory "$part" "$copy"
    sync ${folder}
    mkdir -p ${builtins.dirOf record}
    rm -rf ${copied}
    echo "$from $to" > ${copied}
    echo "kept a copy of the database of opencode $from in $HOME/$copy, before opencode $to changes it for good"
  '';

  # The executor has made the directory.
  after = pkgs.writeShellScript "opencode-record-major" ''
    set -euo pipefail
    cd "$HOME"
    rm -rf ${copied}
    if [ -f ${record} ] && [ "$(< ${record})" = "$1" ]; then
      exit 0
    fi
    rm -rf ${record}.new
    echo "$1" > ${record}.new
    sync ${record}.new
    mv --no-target-directory ${record}.new ${record}
  '';

  # With `restartIfChanged = false`, a server that crashes comes back as the new unit says, and no setup has run.
  isSetUp = pkgs.writeShellScript "opencode-is-set-up-for-major" ''
    set -euo pipefail
    cd "$HOME"
    ${readRecord}
    if [ "$recorded" != "$1" ]; then
      echo "$HOME is not set up for opencode $1, which could change its database for good: restart $2.service" >&2
      exit 1
    fi
  '';
in
major:
let
  to = toString major.api;
in
{
  # What the setup unit does before the executor, and when that is done.
  beforeSetup = [ "${before} ${to}" ];
  afterSetup = [ "${after} ${to}" ];

  # What the server's unit does before the server.
  beforeServer = setupUnit: "${isSetUp} ${to} ${setupUnit}";
}
