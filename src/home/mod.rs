//! A HOME on the disk: opened by its owner, read by place, changed by one module.

pub mod change;
pub mod entry;
pub mod identity;
pub mod keys_of_majors;
pub mod open;
pub mod opencode_json;
pub mod place;
pub mod record;
pub mod source;
pub mod system;
pub mod to_list;
