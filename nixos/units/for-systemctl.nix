# What root's systemctl needs where /run is empty.
{
  # The socket that only root may use.
  socket = "/run/systemd/private";
  # For TemporaryFileSystem=: the folder that tells systemctl that systemd runs.
  folder = "/run/systemd/system:ro";
}
