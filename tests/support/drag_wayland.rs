//! The other side of drag and drop on Wayland: a small window of one colour, out of which something is
//! dragged by the pointer.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::JoinHandle;

use sctk::reexports::client::globals::{GlobalListContents, registry_queue_init};
use sctk::reexports::client::protocol::wl_buffer::WlBuffer;
use sctk::reexports::client::protocol::wl_compositor::WlCompositor;
use sctk::reexports::client::protocol::wl_data_device::{self, WlDataDevice};
use sctk::reexports::client::protocol::wl_data_device_manager::{DndAction, WlDataDeviceManager};
use sctk::reexports::client::protocol::wl_data_offer::WlDataOffer;
use sctk::reexports::client::protocol::wl_data_source::{self, WlDataSource};
use sctk::reexports::client::protocol::wl_pointer::{self, WlPointer};
use sctk::reexports::client::protocol::wl_registry::{self, WlRegistry};
use sctk::reexports::client::protocol::wl_seat::WlSeat;
use sctk::reexports::client::protocol::wl_shm::{Format, WlShm};
use sctk::reexports::client::protocol::wl_shm_pool::WlShmPool;
use sctk::reexports::client::protocol::wl_surface::WlSurface;
use sctk::reexports::client::{Connection, Dispatch, QueueHandle, WEnum, delegate_noop, event_created_child};
use sctk::reexports::protocols::xdg::shell::client::xdg_surface::{self, XdgSurface};
use sctk::reexports::protocols::xdg::shell::client::xdg_toplevel::XdgToplevel;
use sctk::reexports::protocols::xdg::shell::client::xdg_wm_base::{self, XdgWmBase};

/// The window's colour, which no picture has.
pub const COLOR: [u8; 3] = [255, 0, 255];
/// Its width and height.
pub const SIDE: u32 = 60;

/// The end of a drag.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// It was dropped, read and finished.
    Finished,
    /// It was refused.
    Cancelled,
}

/// Opens the window on the compositor that listens at a socket, until a text of a type was dragged out
/// of it.
pub fn source(socket: &Path, kind: &'static str, text: String) -> JoinHandle<End> {
    let connection = Connection::from_socket(UnixStream::connect(socket).unwrap()).unwrap();
    std::thread::spawn(move || drag_out(&connection, kind, text))
}

fn drag_out(connection: &Connection, kind: &'static str, text: String) -> End {
    let (globals, mut events) = registry_queue_init::<Source>(connection).unwrap();
    let queue = events.handle();
    let shm: WlShm = globals.bind(&queue, 1..=1, ()).unwrap();
    let mut pixels = tempfile::tempfile().unwrap();
    let [r, g, b] = COLOR;
    pixels
        .write_all(&[b, g, r, 255].repeat((SIDE * SIDE) as usize))
        .unwrap();
    let side = SIDE as i32;
    let pool = shm.create_pool(pixels.as_fd(), 4 * side * side, &queue, ());
    let buffer = pool.create_buffer(0, side, side, 4 * side, Format::Xrgb8888, &queue, ());
    let compositor: WlCompositor = globals.bind(&queue, 1..=1, ()).unwrap();
    let surface = compositor.create_surface(&queue, ());
    let shell: XdgWmBase = globals.bind(&queue, 1..=1, ()).unwrap();
    let xdg = shell.get_xdg_surface(&surface, &queue, ());
    let _toplevel = xdg.get_toplevel(&queue, ());
    surface.commit();
    let seat: WlSeat = globals.bind(&queue, 1..=1, ()).unwrap();
    let _pointer = seat.get_pointer(&queue, ());
    let manager: WlDataDeviceManager = globals.bind(&queue, 3..=3, ()).unwrap();
    let data = manager.create_data_source(&queue, ());
    data.offer(kind.to_owned());
    data.set_actions(DndAction::Copy | DndAction::Move);
    let mut source = Source {
        device: manager.get_data_device(&seat, &queue, ()),
        data,
        text,
        surface,
        buffer,
        end: None,
    };
    loop {
        events.blocking_dispatch(&mut source).unwrap();
        if let Some(end) = source.end {
            return end;
        }
    }
}

struct Source {
    device: WlDataDevice,
    data: WlDataSource,
    text: String,
    surface: WlSurface,
    buffer: WlBuffer,
    end: Option<End>,
}

impl Dispatch<XdgSurface, ()> for Source {
    fn event(
        source: &mut Self,
        xdg: &XdgSurface,
        event: xdg_surface::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let xdg_surface::Event::Configure { serial } = event {
            xdg.ack_configure(serial);
            source.surface.attach(Some(&source.buffer), 0, 0);
            source.surface.damage(0, 0, SIDE as i32, SIDE as i32);
            source.surface.commit();
        }
    }
}

impl Dispatch<XdgWmBase, ()> for Source {
    fn event(
        _: &mut Self,
        shell: &XdgWmBase,
        event: xdg_wm_base::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let xdg_wm_base::Event::Ping { serial } = event {
            shell.pong(serial);
        }
    }
}

impl Dispatch<WlPointer, ()> for Source {
    fn event(
        source: &mut Self,
        _: &WlPointer,
        event: wl_pointer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_pointer::Event::Button { serial, state, .. } = event
            && state == WEnum::Value(wl_pointer::ButtonState::Pressed)
        {
            source
                .device
                .start_drag(Some(&source.data), &source.surface, None, serial);
        }
    }
}

impl Dispatch<WlDataSource, ()> for Source {
    fn event(
        source: &mut Self,
        _: &WlDataSource,
        event: wl_data_source::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_data_source::Event::Send { fd, .. } => {
                // In pieces, as a slow one would.
                let mut pipe = File::from(fd);
                for piece in source.text.as_bytes().chunks(7) {
                    pipe.write_all(piece).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
            }
            wl_data_source::Event::DndFinished => source.end = Some(End::Finished),
            wl_data_source::Event::Cancelled => source.end = Some(End::Cancelled),
            _ => {}
        }
    }
}

impl Dispatch<WlDataDevice, ()> for Source {
    fn event(_: &mut Self, _: &WlDataDevice, _: wl_data_device::Event, (): &(), _: &Connection, _: &QueueHandle<Self>) {
    }

    event_created_child!(Source, WlDataDevice, [
        wl_data_device::EVT_DATA_OFFER_OPCODE => (WlDataOffer, ()),
    ]);
}

impl Dispatch<WlRegistry, GlobalListContents> for Source {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(Source: WlCompositor);
delegate_noop!(Source: WlShmPool);
delegate_noop!(Source: WlDataDeviceManager);
delegate_noop!(Source: ignore WlBuffer);
delegate_noop!(Source: ignore WlDataOffer);
delegate_noop!(Source: ignore WlSeat);
delegate_noop!(Source: ignore WlShm);
delegate_noop!(Source: ignore WlSurface);
delegate_noop!(Source: ignore XdgToplevel);
