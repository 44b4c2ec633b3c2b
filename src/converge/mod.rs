//! One run over one HOME: observe, plan, act, and the hooks around that.

pub mod act;
pub mod here;
pub mod hook;
pub mod inspect;
pub mod locate;
pub mod observe;
pub mod overriding;
pub mod plan;
pub mod process;
pub mod run;
pub mod signals;
pub mod step;
pub mod strays;
