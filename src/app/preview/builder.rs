//! The scenes that the window shows, made in the background so that it never waits. The newest request
//! wins; those it overtakes are never begun.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::super::check_only;
use super::easel::Easel;
use super::events::Events;
use crate::app::stages::Stages;
use crate::app::told::Told;
use crate::app::{layout_log, open_log_and_find, times_of};
use crate::crew::Crew;
use crate::direct::Found;
use crate::gpu::{Context, Instances, OnDevice, PixelOrder, Renderer, RendererSettings};
use crate::input::{self, LogPart};
use crate::log::{Grouping, Log};
use crate::scene::{Scene, SceneSettings};
use crate::settings::{Telling, ViewSettings};
use crate::timeline::TimeSpec;

/// A scene on show.
pub struct Watched {
    /// The scene.
    pub scene: Arc<Scene>,
    /// What stands out in it, once [`Built::Events`] has told.
    pub events: Option<Arc<Events>>,
    /// Packets of each port in the time range, by slot.
    pub port_packets: Arc<Vec<u64>>,
    /// The request it was made for.
    pub request: Request,
}

/// The painter of a scene's pictures.
pub enum WindowPainter {
    /// A graphics adapter, at once; a crew lays out what it draws.
    Gpu(Box<Renderer<'static>>, Arc<Crew>),
    /// The CPU, in its own time.
    Cpu(Box<Easel>),
}

impl WindowPainter {
    /// The picture drawn last.
    pub fn on_device(&self) -> OnDevice<'_> {
        match self {
            Self::Gpu(renderer, _) => renderer.on_device(),
            Self::Cpu(easel) => easel.on_device(),
        }
    }

    /// The CPU's painter, where the CPU draws.
    pub fn easel(&mut self) -> Option<&mut Easel> {
        match self {
            Self::Gpu(..) => None,
            Self::Cpu(easel) => Some(easel),
        }
    }
}

/// A scene that is wanted.
#[derive(Clone, Debug)]
pub struct Request {
    /// The settings; their size is that of films and saved pictures.
    pub view: ViewSettings,
    /// Width and height of the picture in pixels.
    pub size_px: [u32; 2],
}

/// The outcome of a request.
pub enum Built {
    /// The scene, and its painter.
    Ready(Box<Watched>, WindowPainter),
    /// What stands out in a scene that is ready.
    Events(Arc<Scene>, Arc<Events>),
    /// The request, and why it failed.
    Failed(Box<Request>, anyhow::Error),
}

/// Time for which a closing window waits for the thread: a driver crashes where a thread uses the GPU
/// while the process ends. A thread that reads a long log is nowhere near the GPU, and is left behind.
const FAREWELL: Duration = Duration::from_secs(1);

/// A 4K picture has 17 bands to be drawn side by side.
const MOST_THREADS: usize = 16;

/// The thread that makes scenes.
pub struct Builder {
    /// Some until this is dropped.
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
    /// Starts the thread; `done` is called on it. The CPU draws where `cpu_order` is the order of
    /// the window's colours, and calls `drawn` whenever it has drawn something.
    pub fn new(
        context: Arc<Context>,
        cpu_order: Option<PixelOrder>,
        done: impl Fn(Built) + Send + 'static,
        drawn: impl Fn() + Clone + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (requests, receive) = channel();
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let crew = Crew::new(threads.min(MOST_THREADS)).context("no threads for pictures")?;
        let crew = Arc::new(crew);
        let painter = move |scene: &Arc<Scene>,
                            instances: &mut Option<Arc<Instances>>|
              -> anyhow::Result<WindowPainter> {
            let (scene, crew) = (Arc::clone(scene), Arc::clone(&crew));
            Ok(match cpu_order {
                Some(order) => WindowPainter::Cpu(Box::new(Easel::new(&context, scene, crew, order, drawn.clone())?)),
                None => {
                    let uploaded = match instances.take() {
                        Some(uploaded) => uploaded,
                        None => Instances::new(&context, &scene)?,
                    };
                    *instances = Some(Arc::clone(&uploaded));
                    let settings = RendererSettings::default();
                    let renderer = Renderer::shared(Arc::clone(&context), scene, uploaded, settings)?;
                    WindowPainter::Gpu(Box::new(renderer), crew)
                }
            })
        };
        let done = Arc::new(Mutex::new(done));
        let (scenes, receive_scenes) = channel();
        let done_finding = Arc::clone(&done);
        thread::Builder::new()
            .name("events".to_owned())
            .spawn(move || find(&receive_scenes, |built| tell(&done_finding, built)))
            .context("no thread for events")?;
        let thread = thread::Builder::new()
            .name("scenes".to_owned())
            .spawn(move || work(painter, &receive, &scenes, |built| tell(&done, built)))
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

/// Tells what was made, one thread at a time.
fn tell(done: &Mutex<impl Fn(Built)>, built: Built) {
    let done = done.lock().unwrap_or_else(PoisonError::into_inner);
    done(built);
}

fn work(
    painter: impl Fn(&Arc<Scene>, &mut Option<Arc<Instances>>) -> anyhow::Result<WindowPainter>,
    requests: &Receiver<Request>,
    scenes: &Sender<Arc<Scene>>,
    done: impl Fn(Built),
) {
    let mut kept = Kept::default();
    while let Ok(mut request) = requests.recv() {
        while let Ok(newer) = requests.try_recv() {
            request = newer;
        }
        done(match kept.watched(&painter, request.clone()) {
            Ok((watched, painter)) => Built::Ready(Box::new(watched), painter),
            Err(error) => Built::Failed(Box::new(request), error),
        });
        // Nothing is kept waiting for what stands out in it.
        if let Some(kept) = &kept.scene {
            // The thread ends only with this one.
            let _ = scenes.send(Arc::clone(&kept.scene));
        }
    }
}

/// Finds what stands out in scenes; of several the newest.
fn find(scenes: &Receiver<Arc<Scene>>, done: impl Fn(Built)) {
    let mut known: Option<(Arc<Scene>, Arc<Events>)> = None;
    while let Ok(mut scene) = scenes.recv() {
        while let Ok(newer) = scenes.try_recv() {
            scene = newer;
        }
        // A part of the traffic has events of its own, another size has not.
        let is_same = |other: &Scene| {
            let (log, other_log) = (scene.log(), other.log());
            Arc::ptr_eq(&log.bubbles, &other_log.bubbles)
                && log.timeline == other_log.timeline
                && scene.settings().captions == other.settings().captions
        };
        let same = known.take().filter(|(other, _)| is_same(other));
        let events = same.map_or_else(|| Arc::new(Events::of(&scene)), |(_, events)| events);
        done(Built::Events(Arc::clone(&scene), Arc::clone(&events)));
        known = Some((scene, events));
    }
}

/// Scenes and logs that the next request may use again.
#[derive(Default)]
struct Kept {
    scene: Option<KeptScene>,
    clocked: Option<Clocked>,
    /// What was remarked on last: it is told once.
    remarks: Vec<String>,
}

/// The scene made last.
struct KeptScene {
    /// The whole log behind it.
    log: Arc<Log>,
    scene: Arc<Scene>,
    /// Packets of its ports in the time range, by slot, shown or not.
    port_packets: Arc<Vec<u64>>,
    /// Its bubbles on the device, where a graphics adapter draws: they serve every size of the picture.
    instances: Option<Arc<Instances>>,
}

/// The log on a clock, and what is known of it. Rows are not kept.
#[derive(Clone)]
struct Clocked {
    parts: Vec<LogPart>,
    reading: input::Options,
    times: TimeSpec,
    /// As it was read: other clocks show its bubbles, or longer ones made of them. For shorter ones the
    /// rows are read again.
    read: Arc<Log>,
    /// What is told of it, as it was asked for and as it was read.
    telling: Telling,
    told: Told,
    /// What was found in its rows, where that is told.
    found: Option<Arc<Found>>,
    /// The log at the speeds that are told.
    log: Arc<Log>,
    port_packets: Arc<Vec<u64>>,
}

impl Kept {
    fn watched(
        &mut self,
        painter: impl Fn(&Arc<Scene>, &mut Option<Arc<Instances>>) -> anyhow::Result<WindowPainter>,
        request: Request,
    ) -> anyhow::Result<(Watched, WindowPainter)> {
        let view = &request.view;
        let clocked = match &self.clocked {
            Some(known) if known.serves(view) => known.on_clock(view)?,
            _ => Clocked::read(view)?,
        };
        self.clocked = Some(clocked.clone());
        let Clocked {
            log,
            told,
            port_packets,
            ..
        } = clocked;
        let mut settings = view.scene(&log.source);
        let remarks = told.add_to(&mut settings, view, &log);
        if remarks != self.remarks {
            if !view.quiet {
                remarks.iter().for_each(|remark| say!("portbloom: {remark}"));
            }
            self.remarks = remarks;
        }
        settings.size_px = request.size_px;
        let similar = self.scene.take().filter(|before| {
            let same = SceneSettings {
                size_px: before.scene.size_px(),
                cards: before.scene.settings().cards.clone(),
                ..settings.clone()
            };
            *before.scene.settings() == same && Arc::ptr_eq(&before.log, &log)
        });
        let kept = self.scene.insert(match similar {
            Some(before) => {
                let scene = before.scene.resized(request.size_px);
                let cards = told.cards(&scene);
                KeptScene {
                    scene: Arc::new(scene.with_cards(cards)),
                    ..before
                }
            }
            None => {
                let scene = match &view.layout_of {
                    None => Scene::new(Arc::clone(&log), settings),
                    Some(path) => {
                        let view = ViewSettings {
                            quiet: true,
                            ..view.clone()
                        };
                        Scene::like(&log, &layout_log(&view, path, &log)?, settings)
                    }
                };
                let cards = told.cards(&scene);
                let (scene, instances) = (Arc::new(scene.with_cards(cards)), None);
                // Laid out as another log, it has the ports of both.
                let own = &log.ends;
                let of_port = |port| own.slot_of(port).map_or(0, |slot| port_packets[slot]);
                let port_packets = Arc::new(scene.log().ends.ports().map(of_port).collect());
                KeptScene {
                    log,
                    scene,
                    port_packets,
                    instances,
                }
            }
        });
        check_only(&kept.scene)?;
        let painter = painter(&kept.scene, &mut kept.instances)?;
        let watched = Watched {
            scene: Arc::clone(&kept.scene),
            events: None,
            port_packets: Arc::clone(&kept.port_packets),
            request,
        };
        Ok((watched, painter))
    }
}

impl Clocked {
    fn read(view: &ViewSettings) -> anyhow::Result<Self> {
        let (log, found) = open_log_and_find(view, true, view.needs_hosts(), &Stages::new(false))?;
        let (log, found) = (Arc::new(log), found.map(Arc::new));
        let told = told_of(view, &log, found.as_deref())?;
        Ok(Self {
            log: paced(&told, &log)?,
            found,
            telling: view.telling.clone(),
            told,
            parts: view.parts.clone(),
            reading: view.reading.clone(),
            times: view.times.clone(),
            port_packets: Arc::new(port_packets(&log)),
            read: log,
        })
    }

    /// Whether a view can be shown without reading other rows, or telling hosts apart that are not told apart here.
    fn serves(&self, view: &ViewSettings) -> bool {
        let tells_hosts = self.read.grouping == Grouping::PortsByHost;
        let tells_findings = self.found.is_some() || !view.telling.tells_found;
        let tells_all = (tells_hosts || !view.needs_hosts()) && tells_findings;
        self.parts == view.parts && self.reading == view.reading && tells_all
    }

    /// The same log by the times of a view.
    fn on_clock(&self, view: &ViewSettings) -> anyhow::Result<Self> {
        if self.times == view.times && self.telling == view.telling {
            return Ok(self.clone());
        }
        let Some(log) = self
            .read
            .on_clock(&times_of(input::made_for(&view.parts)?, &view.times)?)
        else {
            if view.parts.contains(&LogPart::Stdin) {
                // Its rows are gone; their bubbles stay on show.
                bail!("standard input can be read only once: save it to a file to see it in shorter bins");
            }
            return Self::read(view);
        };
        let log = Arc::new(log);
        let told = told_of(view, &log, self.found.as_deref())?;
        Ok(Self {
            times: view.times.clone(),
            log: paced(&told, &log)?,
            telling: view.telling.clone(),
            told,
            ..self.clone()
        })
    }
}

/// What is told of a log, with what was found in it.
fn told_of(view: &ViewSettings, log: &Log, found: Option<&Found>) -> anyhow::Result<Told> {
    let mut told = Told::read(&view.telling)?;
    if let Some(found) = found.filter(|_| view.telling.tells_found) {
        told.take_found(found, log);
    }
    Ok(told)
}

/// A log at the speeds that are told.
fn paced(told: &Told, log: &Arc<Log>) -> anyhow::Result<Arc<Log>> {
    if told.changes_speed() {
        Ok(Arc::new(told.paced(Log::clone(log))?))
    } else {
        Ok(Arc::clone(log))
    }
}

/// Packets of each port in the time range of a log, by slot.
pub(super) fn port_packets(log: &Log) -> Vec<u64> {
    let mut packets = vec![0; log.ends.len()];
    for bubble in log.bubbles.iter() {
        packets[bubble.port as usize] += bubble.packets;
    }
    packets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::AdapterChoice;
    use crate::scene::Focus;
    use crate::settings::PreviewSettings;
    use std::fs;

    #[test]
    fn longer_bins_are_made_of_those_there_are_and_shorter_ones_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let rows: String = (0..60).map(|minute| format!("{},TCP,80,CN\n", 60 * minute)).collect();
        fs::write(&path, format!("time,proto,dpt,cc\n{rows}")).unwrap();
        let view = |bin: &str| {
            let words = ["portbloom", "preview", path.to_str().unwrap(), "--bin", bin];
            PreviewSettings::from_words(&words).unwrap().view
        };
        let read = Clocked::read(&view("2m")).unwrap();
        assert_eq!(read.log.bubbles.len(), 30);
        // From here on, there is nothing to read.
        let rows = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let longer = read.on_clock(&view("6m")).unwrap();
        assert_eq!(longer.log.bubbles.len(), 10);
        // Not of those, but of what was read.
        let between = longer.on_clock(&view("4m")).unwrap();
        assert_eq!(between.log.bubbles.len(), 15);
        let back = between.on_clock(&view("2m")).unwrap();
        assert!(Arc::ptr_eq(&back.log.bubbles, &read.log.bubbles));
        let error = format!("{:#}", read.on_clock(&view("1m")).map(|_| ()).unwrap_err());
        assert!(error.contains("log.csv"), "{error}");
        fs::write(&path, rows).unwrap();
        assert_eq!(read.on_clock(&view("1m")).unwrap().log.bubbles.len(), 60);
    }

    #[test]
    fn hosts_that_are_told_apart_serve_every_view() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        fs::write(&path, "time,proto,dpt,cc,host\n0,TCP,80,CN,a\n1,TCP,80,CN,b\n").unwrap();
        let view = |words: &[&str]| {
            let words: Vec<&str> = ["portbloom", "preview", path.to_str().unwrap()]
                .into_iter()
                .chain(words.iter().copied())
                .collect();
            PreviewSettings::from_words(&words).unwrap().view
        };
        let (ports, hosts) = (view(&[]), view(&["--view", "hosts"]));
        let others = [view(&["--hosts"]), view(&["--only", "@a"])];
        let read = Clocked::read(&hosts).unwrap();
        for view in others.iter().chain([&ports, &hosts]) {
            assert!(read.serves(view));
        }
        let read = Clocked::read(&ports).unwrap();
        assert!(read.serves(&ports) && !read.serves(&hosts));
        assert!(others.iter().all(|view| !read.serves(view)));
    }

    #[test]
    fn a_window_is_laid_out_as_a_film() {
        let folder = tempfile::tempdir().unwrap();
        let [log, other] = ["log.csv", "other.csv"].map(|name| folder.path().join(name));
        fs::write(&log, "time,proto,dpt,cc\n0,TCP,80,CN\n1,TCP,80,CN\n1,UDP,53,US\n").unwrap();
        fs::write(&other, "time,proto,dpt,cc\n0,TCP,22,RU\n1,TCP,80,US\n1,UDP,5,US\n").unwrap();
        let words = ["portbloom", "preview", "--bin", "1s", "--layout-of"];
        let words = words
            .into_iter()
            .chain([other.to_str().unwrap(), log.to_str().unwrap()]);
        let view = PreviewSettings::from_words(&words.collect::<Vec<_>>()).unwrap().view;
        let mut kept = Kept::default();
        let painter = |_: &Arc<Scene>, _: &mut Option<Arc<Instances>>| bail!("what draws is of no matter here");
        let size_px = [640, 360];
        assert!(
            kept.watched(
                painter,
                Request {
                    view: view.clone(),
                    size_px
                }
            )
            .is_err()
        );
        let shown = kept.scene.unwrap();
        let log = open_log_and_find(&view, true, false, &Stages::new(false)).unwrap().0;
        let layout = layout_log(&view, &other, &log).unwrap();
        let mut settings = view.scene(&log.source);
        settings.size_px = size_px;
        let film = Scene::like(&log, &layout, settings);
        assert_eq!(shown.scene.frame(30), film.frame(30));
        // UDP 5 and 53, TCP 22 and 80.
        assert_eq!(*shown.port_packets, [0, 1, 0, 2]);
    }

    #[test]
    fn a_change_of_size_keeps_the_bubbles_on_the_device() {
        let context = Context::new(&AdapterChoice::Software).unwrap();
        let mut kept = Kept::default();
        let found = std::cell::RefCell::new(Vec::new());
        let mut ask = |words: &[&str], size_px: [u32; 2]| {
            let words: Vec<&str> = ["portbloom", "preview"].iter().chain(words).copied().collect();
            let view = PreviewSettings::from_words(&words).unwrap().view;
            let painter = |scene: &Arc<Scene>, instances: &mut Option<Arc<Instances>>| {
                found.borrow_mut().push(instances.is_some());
                if instances.is_none() {
                    *instances = Some(Instances::new(&context, scene)?);
                }
                bail!("what draws is of no matter here")
            };
            assert!(kept.watched(painter, Request { view, size_px }).is_err());
        };
        ask(&[], [640, 360]);
        ask(&[], [800, 450]);
        ask(&["--only", "CN"], [800, 450]);
        ask(&["--only", "CN"], [640, 360]);
        ask(&["--only", "CN", "--bin", "1h"], [640, 360]);
        assert_eq!(*found.borrow(), [false, true, false, true, false]);
    }

    #[test]
    fn a_storm_of_sizes_brings_the_bubbles_to_the_device_once() {
        const BUBBLES: usize = 200_000;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        // Fifty ports a second.
        let row = |index: usize| format!("{},TCP,{},CN\n", index / 50, 1000 + index % 50);
        let rows: String = (0..BUBBLES).map(row).collect();
        fs::write(&path, format!("time,proto,dpt,cc\n{rows}")).unwrap();
        let words = ["portbloom", "preview", path.to_str().unwrap(), "--bin", "1s"];
        let view = PreviewSettings::from_words(&words).unwrap().view;

        let context = Arc::new(Context::new(&AdapterChoice::Software).unwrap());
        let (done, built) = channel();
        let builder = Builder::new(
            Arc::clone(&context),
            None,
            move |built| done.send(built).unwrap(),
            || (),
        )
        .unwrap();
        let size = |number: u32| [320 + 6 * (number % 20), 180 + 4 * (number % 7)];
        let mut shown: Option<(Arc<Scene>, Box<Renderer<'static>>)> = None;
        let mut sizes = Vec::new();
        let mut take = |built: Built, shown: &mut Option<_>| match built {
            Built::Ready(watched, WindowPainter::Gpu(renderer, _)) => {
                assert_eq!(watched.scene.log().bubbles.len(), BUBBLES);
                sizes.push(watched.scene.size_px());
                *shown = Some((watched.scene, renderer));
            }
            Built::Ready(_, WindowPainter::Cpu(_)) => panic!("the CPU was not to draw"),
            Built::Events(..) => {}
            Built::Failed(_, error) => panic!("{error:#}"),
        };
        // The window plays on while others are made, and now and then one is ready before the next is wanted.
        for number in 0..60 {
            let (view, size_px) = (view.clone(), size(number));
            builder.request(Request { view, size_px });
            if number % 6 == 0 {
                take(built.recv().unwrap(), &mut shown);
            }
            while let Ok(built) = built.try_recv() {
                take(built, &mut shown);
            }
            let (scene, renderer) = shown.as_mut().unwrap();
            renderer
                .draw(&scene.moment(u64::from(number), 0, Focus::default()))
                .unwrap();
        }
        while shown.as_ref().is_some_and(|(scene, _)| scene.size_px() != size(59)) {
            take(built.recv().unwrap(), &mut shown);
        }
        assert!(sizes.len() > 10, "{sizes:?}");
        assert_eq!(context.bubbles_brought(), BUBBLES as u64);

        let (scene, mut renderer) = shown.unwrap();
        let frame = scene.frame(1000);
        assert!(frame.alive.len() > 2000, "{:?}", frame.alive);
        let mut anew = Renderer::new(&context, &scene, RendererSettings::default()).unwrap();
        assert!(renderer.still(&frame).unwrap() == anew.still(&frame).unwrap());
        assert_eq!(context.bubbles_brought(), 2 * BUBBLES as u64);
    }
}
