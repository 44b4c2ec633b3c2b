"""What `vm-tests/run` is made of.

  render.py      a scenario's machine.nix as units, users and files
  programs.py    the real opencode, and our opencode-setup
  mirror.py      where the host's apt takes Debian from
  debian.py      the Debian of the machines, cached
  kernel.py      their kernel, cached
  base_image.py  the disk that every machine starts from, cached
  payload.py     what a scenario adds to it
  tree.py        files on their way into a machine
  initramfs.py   what brings the payload onto the disk
  hardware.py    what is switched on and off: qemu.py, a virtual machine, or nspawn.py, a container
  guest_shell.py the way in
  machine.py     the object that a test script talks to
  scenario.py    which scenarios there are, and which of them share a machine
  command.py     programs of the host
  runner.py      runs them and tells how it went

guest/ holds what runs inside the machine.
"""
