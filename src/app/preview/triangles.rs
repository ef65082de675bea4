//! The output of egui as triangles over the picture.

use std::mem::offset_of;

use egui::epaint::{ClippedPrimitive, ImageData, Primitive, Vertex};

use crate::gpu::{Context, Corner, Overlay, Patch};

// egui's corners are the overlay's: position, place in the texture, premultiplied colour.
const _: () = assert!(
    size_of::<Vertex>() == size_of::<Corner>()
        && offset_of!(Vertex, pos) == offset_of!(Corner, at_points)
        && offset_of!(Vertex, uv) == offset_of!(Corner, texture_at)
        && offset_of!(Vertex, color) == offset_of!(Corner, color)
);

/// Takes the textures of a pass of egui: they come once, whether or not anything can be shown. There is
/// one, for text and plain colours: the controls have no pictures.
pub fn take_textures(overlay: &mut Overlay, context: &Context, textures: &mut egui::TexturesDelta) {
    for delta in textures.set.values().flatten() {
        let ImageData::Color(image) = &delta.image;
        overlay.patch(
            context,
            &Patch {
                at: delta.pos.map(|at| at.map(|side| side as u32)),
                size_px: image.size.map(|side| side as u32),
                rgba: bytemuck::cast_slice(&image.pixels),
            },
        );
    }
    // egui insists on being told that a delta was dealt with.
    textures.clear();
}

/// Puts the output of egui in the overlay, in place of what was there.
pub fn set(overlay: &mut Overlay, primitives: &[ClippedPrimitive], px_per_point: f32) {
    overlay.clear();
    for ClippedPrimitive { clip_rect, primitive } in primitives {
        // The others are callbacks, which are not used.
        let Primitive::Mesh(mesh) = primitive else { continue };
        let px = |points: f32| (points * px_per_point).round().max(0.0) as u32;
        let clip_px = [
            px(clip_rect.min.x),
            px(clip_rect.min.y),
            px(clip_rect.max.x),
            px(clip_rect.max.y),
        ];
        overlay.add(clip_px, bytemuck::cast_slice(&mesh.vertices), &mesh.indices);
    }
}
