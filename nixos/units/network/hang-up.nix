# The last command of a reload. By the shell, since not every `kill` is in a package.
{ pkgs }: "${pkgs.runtimeShell} -c 'kill -HUP $MAINPID'"
