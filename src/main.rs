//! Parses the command line, runs the command, prints the error, sets the exit code.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use portbloom::app::{self, Outcome};
use portbloom::cli::{Cli, Command};
use portbloom::settings::{FrameSettings, RenderSettings};

/// What a shell reports of a program ended by Ctrl-C: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    hush_device_select();
    match run(cli.command) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            eprintln!("portbloom: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Without a display, Mesa's layer that sorts adapters by display prints two errors about the missing
/// one. portbloom sorts adapters itself.
fn hush_device_select() {
    let no_display = ["WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DISPLAY"]
        .iter()
        .all(|name| std::env::var_os(name).is_none());
    if cfg!(target_os = "linux") && no_display {
        // SAFETY: the first thing main does after reading its arguments; no other thread exists yet.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}

fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Render(args) => {
            let settings = RenderSettings::new(args)?;
            let interrupted = Arc::new(AtomicBool::new(false));
            let handler = Arc::clone(&interrupted);
            ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed))?;
            app::render(&settings, &interrupted)
        }
        Command::Frame(args) => {
            app::still(&FrameSettings::new(args)?)?;
            Ok(Outcome::Done)
        }
    }
}
