//! Parses the command line, runs the command, prints the error, sets the exit code.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use portbloom::app::{self, Interrupt, Outcome};
use portbloom::cli::{Cli, Command};
use portbloom::settings::{
    DirectSettings, FrameSettings, JoinSettings, PreviewSettings, ProfileSettings, RenderSettings, SettingsError,
    SynthSettings,
};

/// Exit code of a program ended by Ctrl-C, as shells report it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Exit code of a command line that is wrong by itself, as of clap's own errors.
const WRONG_LINE: u8 = 2;

fn main() -> ExitCode {
    let begun = Instant::now();
    prepare_process();
    match heed_signals().and_then(|interrupt| run(Cli::from_program().command, &interrupt, begun)) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Incomplete) => ExitCode::FAILURE,
        Ok(Outcome::Interrupted) => ExitCode::from(INTERRUPTED),
        Err(error) => {
            app::say_error(&error);
            match error.downcast_ref::<SettingsError>() {
                Some(error) if error.is_wrong_line() => ExitCode::from(WRONG_LINE),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Two habits of the system that are in the way.
fn prepare_process() {
    // Mesa's layer that sorts adapters by display asks a Wayland server for its display. Without
    // the folder that its socket would be in, it prints errors about that, on X11 too. portbloom
    // sorts adapters itself.
    let no_wayland = std::env::var_os("XDG_RUNTIME_DIR").is_none();
    if cfg!(target_os = "linux") && no_wayland {
        // SAFETY: the first thing main does; no other thread exists yet.
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

fn run(command: Command, interrupt: &Interrupt, begun: Instant) -> anyhow::Result<Outcome> {
    match command {
        Command::Render(args) => app::render(&RenderSettings::new(args)?, interrupt),
        Command::Join(args) => app::join(&JoinSettings::new(args)?, interrupt),
        Command::Frame(args) => app::still(&FrameSettings::new(args)?),
        Command::Preview(args) => app::preview(&PreviewSettings::new(args)?, interrupt, begun),
        Command::Profile(args) => app::profile(&ProfileSettings::new(args)?),
        Command::Direct(args) => app::direct(&DirectSettings::new(args)?),
        #[cfg(feature = "prepared")]
        Command::Prepare(args) => app::prepare(&portbloom::settings::PrepareSettings::new(args)?),
        Command::Synth(args) => app::synth(&SynthSettings::new(args)?, interrupt),
        Command::Formats(args) => {
            app::formats(args.json)?;
            Ok(Outcome::Done)
        }
        Command::Adapters(args) => {
            app::adapters(args.json)?;
            Ok(Outcome::Done)
        }
    }
}

/// Ctrl-C and its like ask the command at work to end, or end the program where no command listens yet.
fn heed_signals() -> anyhow::Result<Arc<Interrupt>> {
    let interrupt = Arc::new(Interrupt::default());
    let handler = Arc::clone(&interrupt);
    ctrlc::set_handler(move || {
        if !handler.ask() {
            app::say_interrupted();
            std::process::exit(i32::from(INTERRUPTED));
        }
    })?;
    Ok(interrupt)
}
