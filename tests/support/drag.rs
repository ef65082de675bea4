//! The other side of drag and drop on X11 (XDND, version 5), and whether a window manager is there.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// How long a window may take to answer.
const LONGEST: Duration = Duration::from_secs(30);

fn atom(display: &RustConnection, name: &str) -> Atom {
    display
        .intern_atom(false, name.as_bytes())
        .unwrap()
        .reply()
        .unwrap()
        .atom
}

/// Whether a window manager takes windows in: it says that it is there a little before it does, and
/// a window that is mapped in between stays hidden for good.
pub fn has_manager(display: &str) -> bool {
    let (display, screen) = x11rb::connect(Some(display)).unwrap();
    let root = display.setup().roots[screen].root;
    let probe = display.generate_id().unwrap();
    let (class, events) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
    display
        .create_window(0, probe, root, 0, 0, 10, 10, 0, class, 0, &events)
        .unwrap();
    display.map_window(probe).unwrap();
    let state = atom(&display, "WM_STATE");
    let start = Instant::now();
    let mut taken_in = false;
    while !taken_in && start.elapsed() < Duration::from_millis(300) {
        std::thread::sleep(Duration::from_millis(10));
        let found = display.get_property(false, probe, state, AtomEnum::ANY, 0, 2);
        taken_in = found.unwrap().reply().unwrap().value_len > 0;
    }
    display.destroy_window(probe).unwrap();
    display.flush().unwrap();
    taken_in
}

/// Drags a file onto the middle of a window, and drops it there.
pub fn drop_file(display: &str, window: &str, path: &Path) {
    let window: u32 = window.parse().unwrap();
    let (display, screen) = x11rb::connect(Some(display)).unwrap();
    let root = display.setup().roots[screen].root;
    let source = display.generate_id().unwrap();
    let (class, events) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
    display
        .create_window(0, source, root, 0, 0, 1, 1, 0, class, 0, &events)
        .unwrap();
    let [selection, list, copy] = ["XdndSelection", "text/uri-list", "XdndActionCopy"].map(|name| atom(&display, name));
    display
        .set_selection_owner(source, selection, x11rb::CURRENT_TIME)
        .unwrap();
    let tell = |kind: &str, data: [u32; 5]| {
        let message = ClientMessageEvent::new(32, window, atom(&display, kind), data);
        display.send_event(false, window, EventMask::NO_EVENT, message).unwrap();
        display.flush().unwrap();
    };
    tell("XdndEnter", [source, 5 << 24, list, 0, 0]);
    tell("XdndPosition", [source, 0, 300 << 16 | 200, x11rb::CURRENT_TIME, copy]);
    let [status, finished] = ["XdndStatus", "XdndFinished"].map(|name| atom(&display, name));
    let text = format!("file://{}\r\n", path.to_str().unwrap().replace(' ', "%20"));
    let (start, mut accepted, mut asked) = (Instant::now(), false, false);
    loop {
        assert!(start.elapsed() < LONGEST, "the window does not take what is dropped");
        let Some(event) = display.poll_for_event().unwrap() else {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        match event {
            Event::SelectionRequest(request) => {
                let (requestor, property, target) = (request.requestor, request.property, request.target);
                display
                    .change_property8(PropMode::REPLACE, requestor, property, target, text.as_bytes())
                    .unwrap();
                let answer = SelectionNotifyEvent {
                    response_type: SELECTION_NOTIFY_EVENT,
                    sequence: 0,
                    time: request.time,
                    requestor,
                    selection,
                    target,
                    property,
                };
                display
                    .send_event(false, requestor, EventMask::NO_EVENT, answer)
                    .unwrap();
                display.flush().unwrap();
                asked = true;
            }
            Event::ClientMessage(message) if message.type_ == status => {
                assert!(
                    message.data.as_data32()[1] & 1 == 1,
                    "the window refuses what is dragged onto it"
                );
                accepted = true;
            }
            Event::ClientMessage(message) if message.type_ == finished => return,
            _ => continue,
        }
        if accepted && asked {
            // Messages come in the order in which they were sent: the window has the list by then.
            tell("XdndDrop", [source, 0, x11rb::CURRENT_TIME, 0, 0]);
            (accepted, asked) = (false, false);
        }
    }
}
