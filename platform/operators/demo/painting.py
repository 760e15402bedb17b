"""A canvas for pictures of the demo: shapes in hundredths of the picture's width, light, shade and a little grain.

Everything is drawn larger than it is needed, so that edges are smooth.
"""

import io
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

SIZE, WIDE = (960, 640), (1600, 660)
LARGER = 1.5
GRAIN = 4
RIM = 180
"""What Pillow's radial gradient is where its circle touches the edge."""
WHOLE = 100
QUALITY = 88

Point = tuple[float, float]
Box = tuple[float, float, float, float]


class Canvas:
    """A picture being painted; `height` is its height in hundredths of its width."""

    def __init__(self, ground: str, size: tuple[int, int] = SIZE) -> None:
        self.size = size
        self.image = Image.new("RGB", (round(size[0] * LARGER), round(size[1] * LARGER)), ground)
        self.unit = self.image.width / 100
        self.height = 100 * size[1] / size[0]

    def box(self, box: Box, fill: str, corner: float = 0) -> None:
        """A rectangle."""
        self._pen().rounded_rectangle(self._scaled(box), corner * self.unit, fill=fill)

    def frame(self, box: Box, color: str, width: float = 0.4) -> None:
        """The outline of a rectangle."""
        self._pen().rectangle(self._scaled(box), outline=color, width=self._width(width))

    def line(self, points: Sequence[Point], color: str, width: float = 0.4) -> None:
        """A line through points."""
        scaled = [(x * self.unit, y * self.unit) for x, y in points]
        self._pen().line(scaled, fill=color, width=self._width(width), joint="curve")

    def disc(self, middle: Point, radius: float, fill: str) -> None:
        """A circle."""
        self._pen().ellipse(self._scaled(_around(middle, radius)), fill=fill)

    def ring(self, middle: Point, radius: float, color: str, width: float = 0.4) -> None:
        """The outline of a circle."""
        self._pen().ellipse(self._scaled(_around(middle, radius)), outline=color, width=self._width(width))

    def oval(self, box: Box, fill: str) -> None:
        """An ellipse."""
        self._pen().ellipse(self._scaled(box), fill=fill)

    def arc(self, middle: Point, radius: float, span: tuple[float, float], color: str) -> None:
        """Part of a circle's outline, in degrees from the right, clockwise."""
        self._pen().arc(self._scaled(_around(middle, radius)), *span, fill=color, width=self._width(0.4))

    def shape(self, points: Sequence[Point], fill: str) -> None:
        """A polygon."""
        self._pen().polygon([(x * self.unit, y * self.unit) for x, y in points], fill=fill)

    def shadow(self, box: Box, strength: int = 90, blur: float = 1.2, corner: float = 0) -> None:
        """What something of this outline throws on the ground."""
        mask = Image.new("L", self._small(), 0)
        share = mask.width / 100
        ImageDraw.Draw(mask).rounded_rectangle([each * share for each in box], corner * share, fill=strength)
        self._laid("#000000", mask.filter(ImageFilter.GaussianBlur(blur * share)))

    def beam(self, points: Sequence[Point], color: str, strength: int = 110, blur: float = 1.5) -> None:
        """Light that falls through an outline."""
        mask = Image.new("L", self._small(), 0)
        share = mask.width / 100
        ImageDraw.Draw(mask).polygon([(x * share, y * share) for x, y in points], fill=strength)
        self._laid(color, mask.filter(ImageFilter.GaussianBlur(blur * share)), is_light=True)

    def glow(self, middle: Point, radius: float, color: str, strength: int = 170) -> None:
        """A soft round light."""
        width, height = self._small()
        share = width / 100
        side = max(2, round(2 * radius * share))
        spot = Image.radial_gradient("L").resize((side, side)).point(lambda far: max(0, RIM - far) * strength // RIM)
        mask = Image.new("L", (width, height), 0)
        mask.paste(spot, (round(middle[0] * share - side / 2), round(middle[1] * share - side / 2)))
        self._laid(color, mask, is_light=True)

    def fade(self, color: str, strength: int = 150) -> None:
        """A colour that comes in from the bottom."""
        mask = Image.linear_gradient("L").resize(self._small()).point(lambda v: v * strength // 255)
        self._laid(color, mask)

    def dim(self, box: Box, strength: int = 110) -> None:
        """A part that lies in shade."""
        self.shadow(box, strength, 0.1)

    def jpeg(self, rng: Random) -> bytes:
        """Edges darkened, grained, and made as large as it is to be."""
        edges = Image.radial_gradient("L").resize(self._small()).point(lambda v: max(0, v - 110) * 3 // 5)
        self._laid("#000000", edges)
        image = self.image.resize(self.size, Image.Resampling.LANCZOS)
        grain = Image.effect_noise((160, 160), GRAIN).rotate(rng.choice((0, 90, 180, 270)))
        sheet = Image.new("L", self.size)
        for x in range(0, self.size[0], grain.width):
            for y in range(0, self.size[1], grain.height):
                sheet.paste(grain, (x, y))
        image = ImageChops.add(image, Image.merge("RGB", (sheet, sheet, sheet)), 1, -128)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=QUALITY)
        return out.getvalue()

    def _laid(self, color: str, mask: Image.Image, *, is_light: bool = False) -> None:
        mask = mask.resize(self.image.size, Image.Resampling.BILINEAR)
        sheet = Image.new("RGB", self.image.size, color)
        lit = ImageChops.screen(self.image, sheet) if is_light else sheet
        self.image = Image.composite(lit, self.image, mask)

    def _small(self) -> tuple[int, int]:
        """Of masks for what is soft anyway."""
        return self.image.width // 4, self.image.height // 4

    def _pen(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.image)

    def _scaled(self, box: Box) -> list[float]:
        return [each * self.unit for each in box]

    def _width(self, width: float) -> int:
        return max(1, round(width * self.unit))


def shade(color: str, by: float) -> str:
    """A colour made lighter (above 1) or darker."""
    red, green, blue = ImageColor.getrgb(color)[:3]
    return "#{:02x}{:02x}{:02x}".format(*(max(0, min(255, round(each * by))) for each in (red, green, blue)))


def planks(canvas: Canvas, rng: Random, color: str, step: float = 3.2) -> None:
    """A wooden floor: boards of slightly different shades, lengthwise."""
    y = 0.0
    while y < canvas.height:
        x = -rng.random() * 30
        while x < WHOLE:
            length = 18 + rng.random() * 22
            canvas.box((x, y, x + length, y + step), shade(color, 0.93 + rng.random() * 0.14))
            x += length
        canvas.line([(0, y), (100, y)], shade(color, 0.82), 0.08)
        y += step


def tree(canvas: Canvas, rng: Random, middle: Point, radius: float, color: str = "#4f7a3a") -> None:
    """The crown of a tree from above, with its shade."""
    x, y = middle
    canvas.disc((x + 0.8, y + 1.2), radius * 0.92, shade(color, 0.45))
    for _leaf in range(16):
        around = (x + (rng.random() - 0.5) * radius * 1.3, y + (rng.random() - 0.5) * radius * 1.3)
        canvas.disc(around, radius * (0.35 + rng.random() * 0.25), shade(color, 0.8 + rng.random() * 0.5))


def _around(middle: Point, radius: float) -> Box:
    x, y = middle
    return x - radius, y - radius, x + radius, y + radius
