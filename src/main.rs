//! Parses the command line, runs the command, prints the error, sets the exit code.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use portbloom::app::{self, Interrupt, Outcome};
use portbloom::cli::{Cli, Command};
use portbloom::settings::{FrameSettings, ProfileSettings, RenderSettings, SynthSettings};

/// What a shell reports of a program ended by Ctrl-C: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    prepare_process();
    match run(cli.command) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            // That nobody reads it changes nothing.
            let _ = writeln!(std::io::stderr(), "portbloom: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Two habits of the system that are in the way.
fn prepare_process() {
    // Without a display, Mesa's layer that sorts adapters by display prints two errors about the
    // missing one. portbloom sorts adapters itself.
    let no_display = ["WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DISPLAY"]
        .iter()
        .all(|name| std::env::var_os(name).is_none());
    if cfg!(target_os = "linux") && no_display {
        // SAFETY: the first thing main does after reading its arguments; no other thread exists yet.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
    // A file beyond `ulimit -f` would end the program before it can say so and clean up; ignored,
    // the signal becomes an error of the write.
    #[cfg(unix)]
    // SAFETY: SIG_IGN is a valid disposition, and no handler runs.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

fn run(command: Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Render(args) => {
            let settings = RenderSettings::new(args)?;
            app::render(&settings, &*on_ctrl_c()?)
        }
        Command::Frame(args) => {
            app::still(&FrameSettings::new(args)?)?;
            Ok(Outcome::Done)
        }
        Command::Profile(args) => {
            app::profile(&ProfileSettings::new(args)?)?;
            Ok(Outcome::Done)
        }
        #[cfg(feature = "prepared")]
        Command::Prepare(args) => {
            app::prepare(&portbloom::settings::PrepareSettings::new(args)?)?;
            Ok(Outcome::Done)
        }
        Command::Synth(args) => {
            let settings = SynthSettings::new(args)?;
            app::synth(&settings, &*on_ctrl_c()?)
        }
    }
}

/// What a command asks whether it is to end.
fn on_ctrl_c() -> anyhow::Result<Arc<Interrupt>> {
    let interrupt = Arc::new(Interrupt::default());
    let handler = Arc::clone(&interrupt);
    ctrlc::set_handler(move || {
        if !handler.ask() {
            std::process::exit(i32::from(INTERRUPTED));
        }
    })?;
    Ok(interrupt)
}
