//! The graphics adapter that tests draw with. The tests of `src/gpu` and `tests/support` share this file.

use super::{AdapterChoice, Context};

/// Opens the adapter that `PORTBLOOM_TEST_ADAPTER` names, as `--adapter` would; without it, the software one, so
/// that the tests say the same on every machine.
pub fn context() -> Context {
    let wanted = std::env::var("PORTBLOOM_TEST_ADAPTER").unwrap_or_else(|_| "software".to_owned());
    let choice: AdapterChoice = wanted
        .parse()
        .unwrap_or_else(|error| panic!("PORTBLOOM_TEST_ADAPTER={wanted}: {error}"));
    Context::new(&choice).unwrap_or_else(|error| {
        panic!("these tests need an adapter, {wanted} (./setup.sh --tests installs a software one): {error}")
    })
}
