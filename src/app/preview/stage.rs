//! What is on show: a scene with all that the window wants to know of it, made in the background so
//! that the window never waits. The newest request wins; those it overtakes are never begun.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::super::check_only;
use super::bursts::Bursts;
use super::easel::Easel;
use crate::app::open_log;
use crate::app::stages::Stages;
use crate::gpu::{Context, OnDevice, PixelOrder, Renderer, RendererSettings};
use crate::input::Source;
use crate::log::Log;
use crate::scene::{Scene, SceneSettings};
use crate::settings::ViewSettings;
use crate::timeline::TimeSpec;

/// A scene on show.
pub struct Stage {
    /// The scene.
    pub scene: Arc<Scene>,
    /// Draws it.
    pub artist: Artist,
    /// Where to jump to.
    pub bursts: Arc<Bursts>,
    /// Packets of each port in the window of the log, by slot.
    pub port_packets: Arc<Vec<u64>>,
    /// What it was asked for.
    pub request: Request,
}

/// Who draws the pictures of a scene.
pub enum Artist {
    /// A graphics adapter, at once.
    Gpu(Box<Renderer<'static>>),
    /// The CPU, in its own time.
    Cpu(Box<Easel>),
}

impl Artist {
    /// The picture drawn last.
    pub fn on_device(&self) -> OnDevice<'_> {
        match self {
            Self::Gpu(renderer) => renderer.on_device(),
            Self::Cpu(easel) => easel.on_device(),
        }
    }

    /// The CPU's, where it draws.
    pub fn easel(&mut self) -> Option<&mut Easel> {
        match self {
            Self::Gpu(_) => None,
            Self::Cpu(easel) => Some(easel),
        }
    }
}

/// A scene that is wanted.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is shown; its size is the film's.
    pub view: ViewSettings,
    /// Width and height of the picture in pixels.
    pub size_px: [u32; 2],
}

/// What became of a request.
pub enum Built {
    /// It is ready.
    Ready(Box<Stage>),
    /// It is not to be.
    Failed(Box<Request>, anyhow::Error),
}

/// A closing window waits so long for its thread: one that is at work on the GPU when the process
/// ends crashes the driver. One that reads a long log is nowhere near the GPU, and is left behind.
const FAREWELL: Duration = Duration::from_secs(1);

/// The thread that makes scenes.
pub struct Builder {
    /// Some until the end.
    requests: Option<Sender<Request>>,
    thread: JoinHandle<()>,
}

impl Drop for Builder {
    fn drop(&mut self) {
        self.requests = None;
        let asked = Instant::now();
        while !self.thread.is_finished() && asked.elapsed() < FAREWELL {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Builder {
    /// Starts the thread; `done` is called on it. The CPU draws where `on_cpu` has the order of the
    /// window's colours; then `drawn` is called whenever it has drawn something.
    pub fn new(
        context: Arc<Context>,
        on_cpu: Option<PixelOrder>,
        done: impl Fn(Built) + Send + 'static,
        drawn: impl Fn() + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (requests, receive) = channel();
        let artist = move |scene: &Arc<Scene>| -> anyhow::Result<Artist> {
            let scene = Arc::clone(scene);
            Ok(match on_cpu {
                Some(order) => Artist::Cpu(Box::new(Easel::new(&context, scene, order, drawn.clone())?)),
                None => {
                    let renderer = Renderer::shared(Arc::clone(&context), scene, RendererSettings::default())?;
                    Artist::Gpu(Box::new(renderer))
                }
            })
        };
        let thread = thread::Builder::new()
            .name("scenes".to_owned())
            .spawn(move || work(artist, &receive, done))
            .context("no thread for scenes")?;
        Ok(Self {
            requests: Some(requests),
            thread,
        })
    }

    /// Asks for a scene.
    pub fn request(&self, request: Request) {
        if let Some(requests) = &self.requests {
            // The thread ends only with the window.
            let _ = requests.send(request);
        }
    }
}

fn work(artist: impl Fn(&Arc<Scene>) -> anyhow::Result<Artist>, requests: &Receiver<Request>, done: impl Fn(Built)) {
    let mut kept = Kept::default();
    while let Ok(mut request) = requests.recv() {
        while let Ok(newer) = requests.try_recv() {
            request = newer;
        }
        done(match kept.stage(&artist, request.clone()) {
            Ok(stage) => Built::Ready(Box::new(stage)),
            Err(error) => Built::Failed(Box::new(request), error),
        });
    }
}

/// What the next request may use again.
#[derive(Default)]
struct Kept {
    /// The scene made last, and the whole log behind it.
    scene: Option<(Arc<Log>, Arc<Scene>)>,
    clocked: Option<Clocked>,
}

/// The log on a clock, and what is known of it. Rows are not kept: another clock reads them again.
#[derive(Clone)]
struct Clocked {
    sources: Vec<Source>,
    strict: bool,
    times: TimeSpec,
    log: Arc<Log>,
    bursts: Arc<Bursts>,
    port_packets: Arc<Vec<u64>>,
}

impl Kept {
    fn stage(
        &mut self,
        artist: impl Fn(&Arc<Scene>) -> anyhow::Result<Artist>,
        request: Request,
    ) -> anyhow::Result<Stage> {
        let view = &request.view;
        let known = self.clocked.take();
        let same_log = |known: &Clocked| known.sources == view.sources && known.strict == view.strict;
        if view.sources.contains(&Source::Stdin) && known.as_ref().is_some_and(same_log) {
            // What came in there is gone; it is on show as it is.
            let times = known.as_ref().map(|known| &known.times);
            if times != Some(&view.times) {
                self.clocked = known;
                bail!("standard input can be read only once: save it to a file to see it on another clock");
            }
        }
        let clocked = match known.filter(|known| same_log(known) && known.times == view.times) {
            Some(known) => known,
            None => {
                let log = Arc::new(open_log(view, true, &Stages::new(false))?);
                Clocked {
                    sources: view.sources.clone(),
                    strict: view.strict,
                    times: view.times.clone(),
                    bursts: Arc::new(Bursts::new(&log)),
                    port_packets: Arc::new(port_packets(&log)),
                    log,
                }
            }
        };
        self.clocked = Some(clocked.clone());
        let Clocked {
            log,
            bursts,
            port_packets,
            ..
        } = clocked;
        let mut settings = view.scene(&log.source);
        settings.size_px = request.size_px;
        let similar = self.scene.as_ref().filter(|(before, scene)| {
            let same = SceneSettings {
                size_px: scene.size_px(),
                ..settings.clone()
            };
            *scene.settings() == same && Arc::ptr_eq(before, &log)
        });
        let scene = Arc::new(match similar {
            Some((_, scene)) => scene.resized(request.size_px),
            None => Scene::new(Arc::clone(&log), settings),
        });
        self.scene = Some((log, Arc::clone(&scene)));
        check_only(&scene)?;
        Ok(Stage {
            artist: artist(&scene)?,
            scene,
            bursts,
            port_packets,
            request,
        })
    }
}

fn port_packets(log: &Log) -> Vec<u64> {
    let mut packets = vec![0; log.ports.len()];
    for bubble in log.bubbles.iter() {
        packets[bubble.port as usize] += bubble.packets;
    }
    packets
}
