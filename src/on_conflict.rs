//! A choice that the manifest and the command line share.

/// What to do with something of the user's in a link's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnConflict {
    /// Move it to `<name>.backup-<n>`, in one step with the link taking its place.
    #[default]
    Backup,
    /// Touch nothing and exit 5.
    Fail,
}
