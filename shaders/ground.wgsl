// The empty ground of a picture: one colour in every pixel.

@group(0) @binding(0) var picture: texture_storage_2d<rgba8unorm, write>;
@group(0) @binding(1) var<uniform> color: vec4<f32>;

@compute @workgroup_size(16, 16)
fn fill(@builtin(global_invocation_id) id: vec3<u32>) {
    if all(id.xy < textureDimensions(picture)) {
        textureStore(picture, id.xy, color);
    }
}
