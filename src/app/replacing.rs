//! A file that is written when a film is made, and that was looked at before it was begun.

use std::path::{Path, PathBuf};

use super::write_text;
use crate::output::OutputError;
use crate::output::whole_file::{WholeFile, ensure_place};

/// A file, and whether it replaces one that was there before the film was begun.
pub struct Replacing {
    /// Its path.
    pub path: PathBuf,
    replaces: bool,
}

impl Replacing {
    /// Checks that it can be written.
    ///
    /// # Errors
    /// A name that is taken, a folder that is missing.
    pub fn new(path: &Path, force: bool) -> Result<Self, OutputError> {
        Ok(Self {
            replaces: ensure_place(path, force)?,
            path: path.to_owned(),
        })
    }

    /// The same of one that may be asked for.
    ///
    /// # Errors
    /// As [`Replacing::new`].
    pub fn asked(path: Option<&PathBuf>, force: bool) -> Result<Option<Self>, OutputError> {
        path.map(|path| Self::new(path, force)).transpose()
    }

    /// The file, to be written.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(&self) -> Result<WholeFile, OutputError> {
        WholeFile::create(&self.path, self.replaces)
    }

    /// Writes a text.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_text(&self, text: &str) -> anyhow::Result<()> {
        write_text(&self.path, self.replaces, text)
    }

    /// Whether it may replace the file of its name.
    pub fn replaces(&self) -> bool {
        self.replaces
    }
}
