//! Copying, pasting and dropping on Wayland, by a data device on the window's own connection. winit has
//! no drops there; and some compositors (weston, mutter) give what is dragged to a single data device of
//! a client, so that there is to be no second one for the clipboard.

use std::error::Error;
use std::fs::File;
use std::io::{ErrorKind, PipeReader, Read as _, Write as _, pipe};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use sctk::reexports::calloop::generic::Generic;
use sctk::reexports::calloop::{EventLoop, Interest, LoopHandle, Mode, PostAction, channel};
use sctk::reexports::calloop_wayland_source::WaylandSource;
use sctk::reexports::client::backend::Backend;
use sctk::reexports::client::globals::{GlobalListContents, registry_queue_init};
use sctk::reexports::client::protocol::wl_data_device::{self, WlDataDevice};
use sctk::reexports::client::protocol::wl_data_device_manager::{DndAction, WlDataDeviceManager};
use sctk::reexports::client::protocol::wl_data_offer::{self, WlDataOffer};
use sctk::reexports::client::protocol::wl_data_source::{self, WlDataSource};
use sctk::reexports::client::protocol::wl_keyboard::{self, WlKeyboard};
use sctk::reexports::client::protocol::wl_pointer::{self, WlPointer};
use sctk::reexports::client::protocol::wl_registry::{self, WlRegistry};
use sctk::reexports::client::protocol::wl_seat::{self, Capability, WlSeat};
use sctk::reexports::client::{
    Connection, Dispatch, Proxy as _, QueueHandle, WEnum, delegate_noop, event_created_child,
};
use winit::raw_window_handle::{HasDisplayHandle as _, RawDisplayHandle};
use winit::window::Window;

use super::clipboard::Told;

/// The type of what file managers let be dragged: URIs, a line each (RFC 2483).
const FILES: &str = "text/uri-list";
/// Types of text, the first one found is pasted. The last are names that X11 has for them.
const TEXTS: [&str; 4] = ["text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING"];
/// More than this is no list of paths, and is not read, in bytes.
const LARGEST: usize = 1 << 20;
/// Before this version a drag has no actions, and is not finished.
const HAS_ACTIONS: u32 = 3;

/// A request of the window.
enum Request {
    Copy(String),
    Paste,
    End,
}

/// The window's part: a thread listens until this is dropped.
pub struct DataDevice {
    /// Some until the end, and let go of before the window.
    connection: Option<Connection>,
    requests: channel::Sender<Request>,
    thread: Option<JoinHandle<()>>,
    /// Keeps open the connection to the display, which is the window's.
    _window: Arc<Window>,
}

impl DataDevice {
    /// Begins to listen; `None` where the window is not on Wayland.
    pub fn new(window: Arc<Window>, tell: impl FnMut(Told) + Send + 'static) -> Option<Self> {
        let RawDisplayHandle::Wayland(handle) = window.display_handle().ok()?.as_raw() else {
            return None;
        };
        // SAFETY: the display is there for as long as the window is, of which `Self` keeps a part until the
        // thread has ended and `connection` is dropped.
        let backend = unsafe { Backend::from_foreign_display(handle.display.as_ptr().cast()) };
        let connection = Connection::from_backend(backend);
        let (requests, received) = channel::channel();
        let listener = connection.clone();
        let listen = move || {
            // Without a data device manager nothing can be copied or dropped. Where the connection broke, it
            // broke for the window too, which ends.
            let _ = listen(listener, received, Box::new(tell));
        };
        let thread = std::thread::Builder::new().name("data device".to_owned()).spawn(listen);
        Some(Self {
            connection: Some(connection),
            requests,
            thread: Some(thread.ok()?),
            _window: window,
        })
    }

    /// Puts a text on the clipboard.
    pub fn copy(&self, text: String) {
        self.request(Request::Copy(text));
    }

    /// Asks for what is on the clipboard; `Told::Pasted` has it.
    pub fn paste(&self) {
        self.request(Request::Paste);
    }

    /// Whether the display is gone.
    pub fn is_broken(&self) -> bool {
        let connection = self.connection.as_ref();
        connection.is_some_and(|connection| connection.flush().is_err())
    }

    fn request(&self, request: Request) {
        // Where the thread is gone, there is no clipboard.
        let _ = self.requests.send(request);
    }
}

impl Drop for DataDevice {
    fn drop(&mut self) {
        // In words: calloop 0.13 may miss that a sender is dropped.
        self.request(Request::End);
        if let Some(thread) = self.thread.take() {
            // Where it panicked, that was printed.
            let _ = thread.join();
        }
        // Fields are dropped after this: the window, too.
        self.connection = None;
    }
}

/// Serves the clipboard and drags until it is told to end.
fn listen(
    connection: Connection,
    requests: channel::Channel<Request>,
    tell: Box<dyn FnMut(Told)>,
) -> Result<(), Box<dyn Error>> {
    let (globals, queue) = registry_queue_init::<Listener>(&connection)?;
    let mut events = EventLoop::<Listener>::try_new()?;
    let mut listener = Listener {
        manager: globals.bind(&queue.handle(), 1..=3, ())?,
        queue: queue.handle(),
        events: events.handle(),
        seats: Vec::new(),
        drag: None,
        tell,
        is_over: false,
    };
    for global in globals.contents().clone_list() {
        listener.add(globals.registry(), global.name, &global.interface, global.version);
    }
    WaylandSource::new(connection, queue).insert(events.handle())?;
    events
        .handle()
        .insert_source(requests, |event, _, listener| match event {
            channel::Event::Msg(Request::Copy(text)) => listener.copy(text),
            channel::Event::Msg(Request::Paste) => listener.paste(),
            channel::Event::Msg(Request::End) | channel::Event::Closed => listener.is_over = true,
        })
        .map_err(|error| error.error)?;
    while !listener.is_over {
        events.dispatch(None, &mut listener)?;
    }
    Ok(())
}

/// The thread's part.
struct Listener {
    manager: WlDataDeviceManager,
    queue: QueueHandle<Self>,
    events: LoopHandle<'static, Self>,
    /// The one used last at the end.
    seats: Vec<Seat>,
    drag: Option<Drag>,
    tell: Box<dyn FnMut(Told)>,
    is_over: bool,
}

/// A keyboard and a pointer, and what is copied with them.
struct Seat {
    /// The registry's.
    name: u32,
    seat: WlSeat,
    device: WlDataDevice,
    keyboard: Option<WlKeyboard>,
    pointer: Option<WlPointer>,
    /// The content of the clipboard.
    selection: Option<WlDataOffer>,
    /// Of the last key or button: a window that was neither typed at nor clicked on may not copy.
    serial: u32,
}

/// A drag over the window.
struct Drag {
    offer: WlDataOffer,
    /// Whether it has files, which the compositor knows to be welcome.
    is_accepted: bool,
}

/// The types and the action of an offer.
#[derive(Default)]
struct Offered {
    types: Vec<String>,
    /// The action that the compositor has chosen.
    action: Option<DndAction>,
}

impl Offered {
    fn has(&self, kind: &str) -> bool {
        self.types.iter().any(|known| known == kind)
    }
}

impl Listener {
    /// Takes a global of the registry into use, where it is a seat.
    fn add(&mut self, registry: &WlRegistry, name: u32, interface: &str, version: u32) {
        if interface != WlSeat::interface().name {
            return;
        }
        // The third version has all that is used here.
        let seat: WlSeat = registry.bind(name, version.min(3), &self.queue, name);
        self.seats.push(Seat {
            name,
            device: self.manager.get_data_device(&seat, &self.queue, name),
            seat,
            keyboard: None,
            pointer: None,
            selection: None,
            serial: 0,
        });
    }

    fn seat(&mut self, name: u32) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.name == name)
    }

    /// Notes that there was a key or a button.
    fn used(&mut self, name: u32, serial: u32) {
        if let Some(seat) = self.seat(name) {
            seat.serial = serial;
        }
        self.seats.sort_by_key(|seat| seat.name == name);
    }

    fn copy(&self, text: String) {
        let Some(seat) = self.seats.last() else { return };
        let source = self.manager.create_data_source(&self.queue, Arc::from(text));
        for kind in TEXTS {
            source.offer(kind.to_owned());
        }
        seat.device.set_selection(Some(&source), seat.serial);
    }

    fn paste(&mut self) {
        if self.begin_paste().is_none() {
            self.tell(Told::Pasted(None));
        }
    }

    /// Begins to read the clipboard; `None` where it holds no text.
    fn begin_paste(&self) -> Option<()> {
        let offer = self.seats.last()?.selection.as_ref()?;
        let mut kinds = TEXTS.into_iter().chain([FILES]);
        let kind = kinds.find(|kind| offered(offer).has(kind))?;
        self.read(offer, kind, |listener, text| listener.tell(Told::Pasted(text)))
            .ok()
    }

    fn dropped(&mut self, Drag { offer, is_accepted }: Drag) {
        self.tell(Told::Dragged(false));
        if !is_accepted {
            return offer.destroy();
        }
        let end = {
            let offer = offer.clone();
            move |listener: &mut Self, text: Option<String>| {
                // Finishing what was not agreed on breaks the connection, and with it the window.
                let agreed = offered(&offer).action == Some(DndAction::Copy);
                if offer.version() >= HAS_ACTIONS && agreed && text.is_some() {
                    offer.finish();
                }
                offer.destroy();
                listener.tell(Told::Dropped(text));
            }
        };
        if self.read(&offer, FILES, end).is_err() {
            offer.destroy();
            self.tell(Told::Dropped(None));
        }
    }

    /// Ends a drag that has left the window.
    fn left(&mut self) {
        if let Some(drag) = self.drag.take() {
            drag.offer.destroy();
            self.tell(Told::Dragged(false));
        }
    }

    fn tell(&mut self, told: Told) {
        (self.tell)(told);
    }

    /// Reads an offer while other things go on: the other side may be slow, or this very window.
    fn read(
        &self,
        offer: &WlDataOffer,
        kind: &str,
        end: impl FnOnce(&mut Self, Option<String>) + 'static,
    ) -> Result<(), Box<dyn Error>> {
        let (reader, writer) = pipe()?;
        set_nonblocking(&reader)?;
        offer.receive(kind.to_owned(), writer.as_fd());
        let (mut bytes, mut end) = (Vec::new(), Some(end));
        let source = Generic::new(reader, Interest::READ, Mode::Level);
        self.events
            .insert_source(source, move |_, reader, listener| {
                let Some(outcome) = read_on(reader, &mut bytes) else {
                    return Ok(PostAction::Continue);
                };
                if let Some(end) = end.take() {
                    let bytes = outcome.ok().map(|()| std::mem::take(&mut bytes));
                    end(listener, bytes.and_then(|bytes| String::from_utf8(bytes).ok()));
                }
                Ok(PostAction::Remove)
            })
            .map_err(|error| error.error)?;
        Ok(())
    }
}

/// Reads what there is so far; gives whether that went well once it is all.
fn read_on(mut reader: &PipeReader, bytes: &mut Vec<u8>) -> Option<std::io::Result<()>> {
    let mut piece = [0; 4096];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Some(Ok(())),
            Ok(_) if bytes.len() > LARGEST => return Some(Err(ErrorKind::FileTooLarge.into())),
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Some(Err(error)),
        }
    }
}

fn set_nonblocking(reader: &PipeReader) -> std::io::Result<()> {
    // SAFETY: the descriptor is open, as its owner is here.
    match unsafe { libc::fcntl(reader.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// The types and the action of an offer.
fn offered(offer: &WlDataOffer) -> MutexGuard<'_, Offered> {
    let known = offer.data::<Mutex<Offered>>().expect("offers are made with it");
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Dispatch<WlRegistry, GlobalListContents> for Listener {
    fn event(
        listener: &mut Self,
        registry: &WlRegistry,
        event: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_registry::Event::Global {
                name,
                interface,
                version,
            } => listener.add(registry, name, &interface, version),
            wl_registry::Event::GlobalRemove { name } => listener.seats.retain(|seat| seat.name != name),
            _ => {}
        }
    }
}

impl Dispatch<WlSeat, u32> for Listener {
    fn event(
        listener: &mut Self,
        _: &WlSeat,
        event: wl_seat::Event,
        name: &u32,
        _: &Connection,
        queue: &QueueHandle<Self>,
    ) {
        let (
            wl_seat::Event::Capabilities {
                capabilities: WEnum::Value(has),
            },
            Some(seat),
        ) = (event, listener.seat(*name))
        else {
            return;
        };
        if has.contains(Capability::Keyboard) {
            seat.keyboard
                .get_or_insert_with(|| seat.seat.get_keyboard(queue, *name));
        } else {
            seat.keyboard = None;
        }
        if has.contains(Capability::Pointer) {
            seat.pointer.get_or_insert_with(|| seat.seat.get_pointer(queue, *name));
        } else {
            seat.pointer = None;
        }
    }
}

impl Dispatch<WlKeyboard, u32> for Listener {
    fn event(
        listener: &mut Self,
        _: &WlKeyboard,
        event: wl_keyboard::Event,
        name: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_keyboard::Event::Enter { serial, .. } | wl_keyboard::Event::Key { serial, .. } = event {
            listener.used(*name, serial);
        }
    }
}

impl Dispatch<WlPointer, u32> for Listener {
    fn event(
        listener: &mut Self,
        _: &WlPointer,
        event: wl_pointer::Event,
        name: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_pointer::Event::Button { serial, .. } = event {
            listener.used(*name, serial);
        }
    }
}

impl Dispatch<WlDataDevice, u32> for Listener {
    fn event(
        listener: &mut Self,
        _: &WlDataDevice,
        event: wl_data_device::Event,
        name: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_data_device::Event::Selection { id } => {
                let Some(seat) = listener.seat(*name) else { return };
                if let Some(old) = std::mem::replace(&mut seat.selection, id) {
                    old.destroy();
                }
            }
            wl_data_device::Event::Enter {
                serial,
                id: Some(offer),
                ..
            } => {
                listener.left();
                let is_accepted = offered(&offer).has(FILES);
                offer.accept(serial, is_accepted.then(|| FILES.to_owned()));
                if is_accepted {
                    if offer.version() >= HAS_ACTIONS {
                        offer.set_actions(DndAction::Copy, DndAction::Copy);
                    }
                    listener.tell(Told::Dragged(true));
                }
                listener.drag = Some(Drag { offer, is_accepted });
            }
            wl_data_device::Event::Leave => listener.left(),
            wl_data_device::Event::Drop => {
                if let Some(drag) = listener.drag.take() {
                    listener.dropped(drag);
                }
            }
            _ => {}
        }
    }

    event_created_child!(Listener, WlDataDevice, [
        wl_data_device::EVT_DATA_OFFER_OPCODE => (WlDataOffer, Mutex::<Offered>::default()),
    ]);
}

impl Dispatch<WlDataOffer, Mutex<Offered>> for Listener {
    fn event(
        _: &mut Self,
        offer: &WlDataOffer,
        event: wl_data_offer::Event,
        _: &Mutex<Offered>,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_data_offer::Event::Offer { mime_type } => offered(offer).types.push(mime_type),
            wl_data_offer::Event::Action { dnd_action } => offered(offer).action = dnd_action.into_result().ok(),
            _ => {}
        }
    }
}

impl Dispatch<WlDataSource, Arc<str>> for Listener {
    fn event(
        _: &mut Self,
        source: &WlDataSource,
        event: wl_data_source::Event,
        text: &Arc<str>,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_data_source::Event::Send { fd, .. } => {
                let text = Arc::clone(text);
                // The other side may be slow, so it gets a thread; it may also be gone, which harms nobody here.
                std::thread::spawn(move || File::from(fd).write_all(text.as_bytes()));
            }
            wl_data_source::Event::Cancelled => source.destroy(),
            _ => {}
        }
    }
}

delegate_noop!(Listener: WlDataDeviceManager);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_pieces_is_read_as_it_comes() {
        let (reader, mut writer) = pipe().unwrap();
        set_nonblocking(&reader).unwrap();
        let mut bytes = Vec::new();
        assert!(read_on(&reader, &mut bytes).is_none());
        writer.write_all(b"file:///a.csv\r\n").unwrap();
        assert!(read_on(&reader, &mut bytes).is_none());
        writer.write_all(b"file:///b.csv\r\n").unwrap();
        drop(writer);
        assert!(read_on(&reader, &mut bytes).unwrap().is_ok());
        assert_eq!(bytes, b"file:///a.csv\r\nfile:///b.csv\r\n");
    }

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        let (reader, mut writer) = pipe().unwrap();
        set_nonblocking(&reader).unwrap();
        let mut bytes = Vec::new();
        let outcome = loop {
            writer.write_all(&[b'x'; 4096]).unwrap();
            if let Some(outcome) = read_on(&reader, &mut bytes) {
                break outcome;
            }
        };
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert!(bytes.len() < 2 * LARGEST);
    }
}
