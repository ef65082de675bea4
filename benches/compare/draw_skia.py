"""Draws the scene with skia-python on the processor: what does not change is copied in, each label is a text blob made once."""

import os

import numpy
import skia

import loop

BACKGROUND = skia.Color4f(0.035, 0.039, 0.055, 1)
LABEL = skia.Color4f(0.94, 0.94, 0.91, 1)
TICK = skia.Color4f(0.20, 0.21, 0.25, 1)


class Drawer:
    def __init__(self, scene):
        self.clock = scene["clock"]
        self.typeface = skia.Typeface.MakeFromFile(os.environ["PORTBLOOM_FONT"])
        self.fonts, self.blobs, self.paints = {}, {}, {}
        width, height = scene["size"]
        # The surface draws straight into this array, which is written to the pipe as it is: B, G, R, A.
        self.pixels = numpy.zeros((height, width, 4), numpy.uint8)
        self.surface = skia.Surface(self.pixels, colorType=skia.kBGRA_8888_ColorType)
        self.canvas = self.surface.getCanvas()
        self.label_paint = skia.Paint(Color4f=LABEL, AntiAlias=True)
        self.tick_paint = skia.Paint(Color4f=TICK, StrokeWidth=1)
        # What does not change: numpy copies it faster than Skia draws it as an image.
        self.base = numpy.zeros_like(self.pixels)
        base = skia.Surface(self.base, colorType=skia.kBGRA_8888_ColorType)
        canvas = base.getCanvas()
        canvas.clear(BACKGROUND)
        for text, size, x, y, color in scene["names"]:
            self.centred(canvas, text, size, x, y, skia.Paint(Color4f=skia.Color4f(*color, 1), AntiAlias=True))
        # Not timed, as all that leads up to the drawing: the lists in Skia's own types.
        for frame in scene["frames"]:
            frame["lines"] = [skia.Point(px, y + 0.5) for x, y, width in frame["ticks"] for px in (x, x + width)]
            frame["rects"] = [(skia.Rect.MakeXYWH(*bar[:4]), self.paint(bar[4], 0.55)) for bar in frame["bars"]]
            frame["discs"] = [(x, y, r, self.paint(color, 0.85)) for x, y, r, color in frame["bubbles"]]

    def paint(self, color, alpha):
        key = (color, alpha)
        if key not in self.paints:
            self.paints[key] = skia.Paint(Color4f=skia.Color4f(*color, alpha), AntiAlias=True)
        return self.paints[key]

    def font(self, size):
        if size not in self.fonts:
            self.fonts[size] = skia.Font(self.typeface, size)
        return self.fonts[size]

    def centred(self, canvas, text, size, x, y, paint):
        font = self.font(size)
        canvas.drawString(text, x - font.measureText(text) / 2, y + size * 0.35, font, paint)

    def blob(self, text, size):
        key = (text, size)
        if key not in self.blobs:
            font = self.font(size)
            self.blobs[key] = skia.TextBlob.MakeFromString(text, font), font.measureText(text)
        return self.blobs[key]

    def draw(self, frame):
        canvas = self.canvas
        numpy.copyto(self.pixels, self.base)
        for rect, paint in frame["rects"]:
            canvas.drawRect(rect, paint)
        canvas.drawPoints(skia.Canvas.PointMode.kLines_PointMode, frame["lines"], self.tick_paint)
        for x, y, radius, paint in frame["discs"]:
            canvas.drawCircle(x, y, radius, paint)
        for text, size, x, y, left in frame["labels"]:
            blob, width = self.blob(text, size)
            canvas.drawTextBlob(blob, x - width if left else x, y + size * 0.35, self.label_paint)
        self.centred(canvas, frame["clock"], self.clock["size"], self.clock["x"], self.clock["y"], self.label_paint)
        return self.pixels

    def picture(self, path):
        self.surface.makeImageSnapshot().save(path, skia.kPNG)


loop.main(Drawer)
