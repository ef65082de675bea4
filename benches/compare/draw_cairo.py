"""Draws the scene with pycairo: what does not change is one surface copied in, each label a surface made once, ticks one path."""

import math

import cairo

import loop

BACKGROUND = (0.035, 0.039, 0.055)
LABEL = (0.94, 0.94, 0.91)
TICK = (0.20, 0.21, 0.25)
FONT = "IBM Plex Sans"


class Drawer:
    def __init__(self, scene):
        self.width, self.height = scene["size"]
        self.clock = scene["clock"]
        self.labels = {}
        self.surface = cairo.ImageSurface(cairo.FORMAT_RGB24, self.width, self.height)
        self.pixels = self.surface.get_data()
        self.context = cairo.Context(self.surface)
        self.context.select_font_face(FONT)
        self.base = cairo.ImageSurface(cairo.FORMAT_RGB24, self.width, self.height)
        context = cairo.Context(self.base)
        context.select_font_face(FONT)
        context.set_source_rgb(*BACKGROUND)
        context.paint()
        for text, size, x, y, color in scene["names"]:
            context.set_source_rgb(*color)
            self.centred(context, text, size, x, y)

    @staticmethod
    def centred(context, text, size, x, y):
        context.set_font_size(size)
        context.move_to(x - context.text_extents(text).x_advance / 2, y + size * 0.35)
        context.show_text(text)

    def label(self, text, size):
        """A label as a small picture of its own, and its width."""
        key = (text, size)
        if key not in self.labels:
            self.context.set_font_size(size)
            width = math.ceil(self.context.text_extents(text).x_advance) + 2
            surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, width, size + 2)
            context = cairo.Context(surface)
            context.select_font_face(FONT)
            context.set_font_size(size)
            context.set_source_rgb(*LABEL)
            context.move_to(1, size * 0.85)
            context.show_text(text)
            surface.flush()
            self.labels[key] = surface, width
        return self.labels[key]

    def draw(self, frame):
        context = self.context
        context.set_operator(cairo.OPERATOR_SOURCE)
        context.set_source_surface(self.base)
        context.paint()
        context.set_operator(cairo.OPERATOR_OVER)
        rectangle, fill = context.rectangle, context.fill
        for x, y, width, height, (r, g, b) in frame["bars"]:
            context.set_source_rgba(r, g, b, 0.55)
            rectangle(x, y, width, height)
            fill()
        context.set_source_rgb(*TICK)
        for x, y, width in frame["ticks"]:
            rectangle(x, y, width, 1)
        fill()
        arc, turn = context.arc, 2 * math.pi
        for x, y, radius, (r, g, b) in frame["bubbles"]:
            context.set_source_rgba(r, g, b, 0.85)
            arc(x, y, radius, 0, turn)
            fill()
        for text, size, x, y, left in frame["labels"]:
            surface, width = self.label(text, size)
            context.set_source_surface(surface, x - width if left else x, y - size // 2)
            context.paint()
        context.set_source_rgb(*LABEL)
        self.centred(context, frame["clock"], self.clock["size"], self.clock["x"], self.clock["y"])
        self.surface.flush()
        return self.pixels

    def picture(self, path):
        self.surface.write_to_png(path)


loop.main(Drawer)
