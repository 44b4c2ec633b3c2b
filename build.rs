//! Makes the manual pages and the completions of the definitions of the command lines;
//! the programs include them.

use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

#[path = "src/cli"]
mod cli {
    pub mod arguments;
}

#[path = "src/ctl"]
mod ctl {
    pub mod arguments;
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/cli/arguments.rs");
    println!("cargo::rerun-if-changed=src/ctl/arguments");
    let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set; run this through cargo")?;
    let out = PathBuf::from(out);
    for mut command in [
        cli::arguments::Cli::command(),
        ctl::arguments::Cli::command(),
    ] {
        let name = command.get_name().to_owned();
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            clap_complete::generate_to(shell, &mut command, &name, &out)?;
        }
        write_man_page(command, &mut File::create(out.join(format!("{name}.1")))?)?;
    }
    // A release aborts on panic and never unwinds, so it needs no index of its unwind
    // tables. Leaving it out makes the programs smaller.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
    }
    Ok(())
}

/// Writes the manual page as roff (man(7)): one page for the program, with a
/// section for each command.
fn write_man_page(mut command: Command, out: &mut impl Write) -> io::Result<()> {
    command.build();
    let page = Man::new(command.clone());
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    for subcommand in command.get_subcommands() {
        if subcommand.is_hide_set() || subcommand.get_name() == "help" {
            continue;
        }
        let name = subcommand.get_name().to_uppercase();
        writeln!(out, ".SH \"{name}\"")?;
        let page = Man::new(subcommand.clone());
        for render in [
            Man::render_synopsis_section,
            Man::render_description_section,
            Man::render_options_section,
            Man::render_extra_section,
        ] {
            let mut section = Vec::new();
            render(&page, &mut section)?;
            out.write_all(&as_subsection(&section))?;
        }
    }
    page.render_version_section(out)
}

/// Turns the section headings of one command's own page into subsections.
fn as_subsection(section: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(section);
    text.replace(".SH ", ".SS ").into_bytes()
}
