//! The textures of a window, asked for one by one, and the ways to get one where the window gives none at first. The
//! window system is behind a trait: tests have one of their own that fails as they want.

use super::error::GpuError;

/// Number of tries of a picture: once, once more on a window that was configured again, and once more
/// on a surface that was made anew.
const TRIES: usize = 3;

/// The answer of a window system that is asked for a texture.
#[derive(Debug)]
pub(super) enum Answer<T> {
    /// The texture.
    Texture(T),
    /// Nobody can see the window, or the display is busy.
    Later,
    /// The window is not what it was: it has another size, or another mode.
    Outdated,
    /// The surface is gone for good.
    Lost,
    /// The driver made a mistake, or has failed.
    Failed,
}

/// The textures of a window.
pub(super) trait Swapchain {
    /// Something to draw on.
    type Texture;

    /// Asks for the next texture.
    fn ask(&mut self) -> Answer<Self::Texture>;

    /// Makes the textures fit the window again; false where that is refused for now.
    fn configure(&mut self) -> bool;

    /// Whether the textures fit the window, as far as is known.
    fn is_configured(&self) -> bool;

    /// Makes the surface anew, without textures.
    fn remake(&mut self) -> Result<(), GpuError>;

    /// The first error of the device, if there was one.
    fn check(&self) -> Result<(), GpuError>;
}

/// The next texture to draw on; `None` where it is better to try again later.
///
/// # Errors
/// The device has failed, or a lost surface cannot be made anew.
pub(super) fn next<S: Swapchain>(swapchain: &mut S) -> Result<Option<S::Texture>, GpuError> {
    if !swapchain.is_configured() && !swapchain.configure() {
        return swapchain.check().map(|()| None);
    }
    for _ in 0..TRIES {
        let fits = match swapchain.ask() {
            Answer::Texture(texture) => return Ok(Some(texture)),
            Answer::Later => return Ok(None),
            Answer::Outdated => swapchain.configure(),
            Answer::Lost => {
                swapchain.remake()?;
                swapchain.configure()
            }
            Answer::Failed => return swapchain.check().map(|()| None),
        };
        // A surface that was lost with its device cannot be helped by another.
        swapchain.check()?;
        if !fits {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A window system that answers what it is told to, and notes what is done.
    #[derive(Default)]
    struct Scripted {
        answers: Vec<Answer<&'static str>>,
        /// Number of times that it refuses to fit its textures to the window from now on.
        refusals: usize,
        is_stale: bool,
        done: Vec<&'static str>,
        /// Whether a surface cannot be made anew.
        is_gone: bool,
        /// Whether the device has failed.
        has_failed: bool,
    }

    impl Swapchain for Scripted {
        type Texture = &'static str;

        fn ask(&mut self) -> Answer<&'static str> {
            self.done.push("ask");
            self.answers.remove(0)
        }

        fn configure(&mut self) -> bool {
            self.done.push("configure");
            self.is_stale = self.refusals > 0;
            self.refusals = self.refusals.saturating_sub(1);
            !self.is_stale
        }

        fn is_configured(&self) -> bool {
            !self.is_stale
        }

        fn remake(&mut self) -> Result<(), GpuError> {
            self.done.push("remake");
            if self.is_gone {
                return Err(GpuError::NoSurface("it is gone".to_owned()));
            }
            Ok(())
        }

        fn check(&self) -> Result<(), GpuError> {
            if self.has_failed {
                let (adapter, reason) = ("an adapter".to_owned(), "the device is lost".to_owned());
                return Err(GpuError::Failed { adapter, reason });
            }
            Ok(())
        }
    }

    fn answering(answers: impl IntoIterator<Item = Answer<&'static str>>) -> Scripted {
        Scripted {
            answers: answers.into_iter().collect(),
            ..Scripted::default()
        }
    }

    #[test]
    fn what_is_out_of_date_is_configured_and_what_is_lost_made_anew() {
        let texture = || Answer::Texture("a texture");
        for (answers, done) in [
            (vec![texture()], vec!["ask"]),
            (vec![Answer::Outdated, texture()], vec!["ask", "configure", "ask"]),
            (vec![Answer::Lost, texture()], vec!["ask", "remake", "configure", "ask"]),
            (
                vec![Answer::Lost, Answer::Outdated, texture()],
                vec!["ask", "remake", "configure", "ask", "configure", "ask"],
            ),
        ] {
            let mut window = answering(answers);
            assert_eq!(next(&mut window).unwrap(), Some("a texture"), "{done:?}");
            assert_eq!(window.done, done);
        }
    }

    #[test]
    fn what_does_not_get_better_is_tried_again_later() {
        for (answers, asked) in [
            (vec![Answer::Later], 1),
            (vec![Answer::Outdated, Answer::Later], 2),
            (vec![Answer::Outdated, Answer::Outdated, Answer::Outdated], 3),
            (vec![Answer::Lost, Answer::Lost, Answer::Lost], 3),
            // A mistake that did the device no harm.
            (vec![Answer::Failed], 1),
        ] {
            let mut window = answering(answers);
            assert_eq!(next(&mut window).unwrap(), None);
            assert_eq!(window.done.iter().filter(|done| **done == "ask").count(), asked);
        }
    }

    #[test]
    fn textures_that_do_not_fit_are_not_asked_for_until_they_do() {
        let texture = || Answer::Texture("a texture");
        let mut window = answering([Answer::Outdated, texture()]);
        window.refusals = 2;
        assert_eq!(next(&mut window).unwrap(), None);
        assert_eq!(next(&mut window).unwrap(), None);
        assert_eq!(next(&mut window).unwrap(), Some("a texture"));
        assert_eq!(window.done, ["ask", "configure", "configure", "configure", "ask"]);
        // One that has failed for good is not waited for.
        let mut window = answering([]);
        (window.is_stale, window.refusals, window.has_failed) = (true, 1, true);
        assert!(next(&mut window).is_err());
    }

    #[test]
    fn a_window_that_is_gone_and_a_device_that_failed_are_errors() {
        let mut window = answering([Answer::Lost]);
        window.is_gone = true;
        let error = next(&mut window).unwrap_err().to_string();
        assert!(
            error.contains("it is gone") && error.contains("portbloom render"),
            "{error}"
        );
        for answer in [Answer::Failed, Answer::Outdated, Answer::Lost] {
            let mut window = answering([answer]);
            window.has_failed = true;
            let error = next(&mut window).unwrap_err().to_string();
            assert!(error.contains("an adapter failed: the device is lost"), "{error}");
        }
    }
}
