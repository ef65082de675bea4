//! Tables, however they are stored: what their columns mean, and which programs write which. Knows no bytes of
//! a file.

pub(super) mod columns;
mod kind;
pub(super) mod kinds;
