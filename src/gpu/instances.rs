//! The bubbles of a log on the device: all of them, shared by every renderer, where they fit; elsewhere a
//! ring for each renderer, which frames fill with the bubbles they need.

use std::ops::Range;
use std::sync::Arc;

use super::context::Context;
use super::data;
use super::error::GpuError;
use crate::scene::{Scene, motion};

/// Bytes of an instance.
const INSTANCE: u64 = size_of::<motion::Instance>() as u64;
/// Instances written at a time: what is on its way to the device takes memory twice.
const CHUNK: usize = 1 << 18;
/// Instances of a ring at first. It grows to what frames need.
const FEWEST: u64 = 256;

/// The bubbles of a log as a device holds them, if it has room for all.
///
/// They do not depend on the size of the picture, so scenes that differ in that alone share them.
pub struct Instances {
    /// `None` where they do not fit into one buffer.
    all: Option<wgpu::Buffer>,
    /// The most instances that a buffer may hold.
    most: u64,
}

impl Instances {
    /// Uploads the bubbles of a scene where the device has room for them.
    ///
    /// # Errors
    /// [`GpuError::Failed`]: the driver failed.
    pub fn new(context: &Context, scene: &Scene) -> Result<Arc<Self>, GpuError> {
        let count = scene.flights().bubbles.len() as u64;
        let most = context.most_buffer_bytes / INSTANCE;
        let all = if count <= most {
            buffer(context, count.max(1)).ok()
        } else {
            None
        };
        if let Some(all) = &all {
            write(context, scene, all, count as usize, 0..count as usize)?;
        }
        context.check()?;
        Ok(Arc::new(Self { all, most }))
    }
}

/// The buffer that one renderer's bubbles are read from.
pub(super) struct Source {
    shared: Arc<Instances>,
    /// Where not all are shared.
    ring: Option<Ring>,
}

/// Bubble `i` is at `i % capacity`, if it is `held`.
struct Ring {
    buffer: wgpu::Buffer,
    capacity: usize,
    /// The bubbles in the ring, at most `capacity` of them.
    held: Range<usize>,
}

impl Source {
    /// A source that frames are to ask for their bubbles by [`Source::hold`].
    pub fn new(context: &Context, shared: Arc<Instances>) -> Result<Self, GpuError> {
        let ring = match shared.all {
            Some(_) => None,
            None => Some(Ring::new(context, FEWEST.min(shared.most).max(1))?),
        };
        Ok(Self { shared, ring })
    }

    pub fn buffer(&self) -> &wgpu::Buffer {
        match (&self.ring, &self.shared.all) {
            (Some(ring), _) => &ring.buffer,
            (None, Some(all)) => all,
            (None, None) => unreachable!("a source has a ring where not all bubbles are shared"),
        }
    }

    /// Index of a bubble in the buffer.
    pub fn place(&self, bubble: u32) -> u32 {
        match &self.ring {
            Some(ring) => (bubble as usize % ring.capacity) as u32,
            None => bubble,
        }
    }

    /// Sees to it that these bubbles are in the buffer; true where that is another buffer than before.
    pub fn hold(&mut self, context: &Context, scene: &Scene, wanted: Range<usize>) -> Result<bool, GpuError> {
        let Some(ring) = &mut self.ring else {
            return Ok(false);
        };
        let grown = wanted.len() > ring.capacity;
        if grown {
            *ring = Ring::larger(context, wanted.len() as u64, self.shared.most)?;
        }
        ring.hold(context, scene, wanted)?;
        Ok(grown)
    }
}

impl Ring {
    fn new(context: &Context, capacity: u64) -> Result<Self, GpuError> {
        Ok(Self {
            buffer: buffer(context, capacity)?,
            capacity: capacity as usize,
            held: 0..0,
        })
    }

    /// A ring for twice as many bubbles as are wanted, or as many as the device gives.
    fn larger(context: &Context, wanted: u64, most: u64) -> Result<Self, GpuError> {
        if wanted <= most {
            let generous = (2 * wanted).next_power_of_two().min(most);
            if let Ok(ring) = Self::new(context, generous).or_else(|_| Self::new(context, wanted)) {
                return Ok(ring);
            }
        }
        Err(GpuError::TooManyBubbles {
            bubbles: wanted as usize,
            needed: wanted * INSTANCE,
            adapter: context.adapter.clone(),
            limit: most * INSTANCE,
        })
    }

    fn hold(&mut self, context: &Context, scene: &Scene, wanted: Range<usize>) -> Result<(), GpuError> {
        let Range { start, end } = self.held;
        if wanted.start >= start && wanted.end <= end || wanted.is_empty() {
            return Ok(());
        }
        let write = |range| write(context, scene, &self.buffer, self.capacity, range);
        // The range that is held grows at one end and gives way at the other; bubbles between are held too,
        // where there is room.
        let near = wanted.start <= end || wanted.end <= start + self.capacity;
        if wanted.start >= start && near {
            write(end..wanted.end)?;
            self.held = start.max(wanted.end.saturating_sub(self.capacity))..wanted.end;
        } else if wanted.end >= start && wanted.end <= end {
            write(wanted.start..start)?;
            self.held = wanted.start..end.min(wanted.start + self.capacity);
        } else {
            write(wanted.clone())?;
            self.held = wanted;
        }
        Ok(())
    }
}

/// A buffer for some instances; an error where the device has no memory for it.
fn buffer(context: &Context, instances: u64) -> Result<wgpu::Buffer, GpuError> {
    let scope = context.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let usage = wgpu::BufferUsages::STORAGE;
    let buffer = data::buffer(&context.device, "bubbles", usage, instances * INSTANCE);
    match pollster::block_on(scope.pop()) {
        None => Ok(buffer),
        Some(error) => Err(context.failed(error)),
    }
}

/// Writes bubbles to their places in a buffer of `capacity` instances.
fn write(
    context: &Context,
    scene: &Scene,
    buffer: &wgpu::Buffer,
    capacity: usize,
    range: Range<usize>,
) -> Result<(), GpuError> {
    let Context { device, queue, .. } = context;
    let mut chunk = Vec::with_capacity(CHUNK.min(range.len()));
    let mut start = range.start;
    while start < range.end {
        // Up to where a ring begins anew.
        let ring_end = (start / capacity + 1) * capacity;
        let end = range.end.min(start + CHUNK).min(ring_end);
        chunk.clear();
        chunk.extend(scene.instances(start..end));
        let at = (start % capacity) as u64 * INSTANCE;
        queue.write_buffer(buffer, at, bytemuck::cast_slice(&chunk));
        context.add_bubbles_brought(chunk.len());
        start = end;
        if start < range.end {
            // Until it is submitted, what is written waits in memory.
            queue.submit([]);
            let done = device.poll(wgpu::PollType::wait_indefinitely());
            done.map_err(|error| context.failed(error))?;
        }
    }
    Ok(())
}
