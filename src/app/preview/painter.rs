//! egui onto the window's surface.

use egui_wgpu::{RendererOptions, ScreenDescriptor};

use crate::gpu::{Context, Overlay, Surface};

/// Uploads what egui draws, and draws it.
pub struct Painter {
    renderer: egui_wgpu::Renderer,
}

impl Painter {
    /// A painter for a surface.
    pub fn new(context: &Context, surface: &Surface) -> Self {
        let options = RendererOptions {
            // Flat colours need none, and pixels stay what they are.
            dithering: false,
            ..RendererOptions::default()
        };
        Self {
            renderer: context.with_device(|device, _| egui_wgpu::Renderer::new(device, surface.format(), options)),
        }
    }

    /// Uploads the textures of a pass of egui: they come once, whether or not anything can be shown.
    pub fn upload(&mut self, context: &Context, textures: &egui::TexturesDelta) {
        context.with_device(|device, queue| {
            for (id, deltas) in &textures.set {
                for delta in deltas {
                    self.renderer.update_texture(device, queue, *id, delta);
                }
            }
        });
    }

    /// Draws over the picture.
    pub fn paint(&mut self, primitives: &[egui::ClippedPrimitive], px_per_point: f32, overlay: Overlay<'_>) {
        if primitives.is_empty() {
            return;
        }
        let Overlay {
            device,
            queue,
            encoder,
            view,
            size_px,
        } = overlay;
        let screen = ScreenDescriptor {
            size_in_pixels: size_px,
            pixels_per_point: px_per_point,
        };
        // Only paint callbacks make commands of their own, and there are none.
        let _ = (self.renderer).update_buffers(device, queue, encoder, primitives, &screen);
        let pass = Overlay::pass(encoder, view);
        self.renderer.render(&mut pass.forget_lifetime(), primitives, &screen);
    }

    /// Lets go of the textures that the pass was the last to use.
    pub fn release(&mut self, textures: &mut egui::TexturesDelta) {
        for id in &textures.free {
            self.renderer.free_texture(id);
        }
        // egui insists on being told that a delta was dealt with.
        textures.clear();
    }
}
