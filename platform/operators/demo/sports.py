"""Pictures of places for sport, from above."""

from random import Random

from operators.demo.painting import SIZE, WIDE, Canvas, planks, shade, tree

WHITE = "#f7f7f2"


def tennis(rng: Random, surface: str, around: str, trees: int = 0, size: tuple[int, int] | None = None) -> Canvas:
    """A court with its lines, net and benches; trees stand around one that is outdoors."""
    canvas = Canvas(around, size or SIZE)
    middle = canvas.height / 2
    top, bottom, left, right = middle - 18, middle + 18, 11.0, 89.0
    canvas.box((left - 6, top - 8, right + 6, bottom + 8), shade(around, 1.06), 1)
    canvas.box((left, top, right, bottom), surface)
    canvas.frame((left, top, right, bottom), WHITE, 0.5)
    for y in (top + 4.5, bottom - 4.5):
        canvas.line([(left, y), (right, y)], WHITE, 0.4)
    for x in (left + 18, right - 18):
        canvas.line([(x, top + 4.5), (x, bottom - 4.5)], WHITE, 0.4)
    canvas.line([(left + 18, middle), (right - 18, middle)], WHITE, 0.4)
    canvas.shadow((50, top - 2.5, 51.8, bottom + 2.5), 110, 0.7)
    canvas.line([(50, top - 2.5), (50, bottom + 2.5)], "#e9efe9", 0.35)
    for y in (top - 2.5, bottom + 2.5):
        canvas.disc((50, y), 0.6, "#20302b")
    for x in (42, 58):
        canvas.shadow((x - 4, bottom + 5, x + 4.6, bottom + 7.4), 90, 0.5)
        canvas.box((x - 4, bottom + 4.4, x + 4, bottom + 6.4), "#c99a5b", 0.4)
    for _ball in range(5):
        x, y = 20 + rng.random() * 60, top + rng.random() * 36
        canvas.shadow((x - 0.3, y - 0.2, x + 1.1, y + 1.0), 110, 0.3, 0.6)
        canvas.disc((x, y), 0.6, "#dcea4a")
    for number in range(trees):
        edge = 2 if number % 2 else canvas.height - 2
        tree(canvas, rng, (100 / trees * number + rng.random() * 5, edge), 6 + rng.random() * 3)
    canvas.beam([(0, 0), (58, 0), (26, canvas.height), (0, canvas.height)], "#fff3d0", 46, 5)
    canvas.glow((30, middle - 12), 46, "#fff6dc", 80)
    return canvas


def squash(rng: Random, glass: str) -> Canvas:
    """A court between its walls, with red lines on wood."""
    canvas = Canvas("#e8e4da")
    planks(canvas, rng, "#d9b27c", 2.4)
    canvas.box((0, 0, 100, 7), "#f4f1ea")
    canvas.shadow((0, 6, 100, 9), 90, 1)
    canvas.box((0, 5.6, 100, 7), "#b5322c")
    low = canvas.height - 5
    canvas.line([(0, 38), (100, 38)], "#c23b33", 0.7)
    canvas.line([(50, 38), (50, low)], "#c23b33", 0.7)
    for left, right in ((0, 19), (81, 100)):
        canvas.frame((left - 1, 38, right + 1, 56), "#c23b33", 0.7)
    canvas.box((0, low, 100, canvas.height), glass)
    canvas.beam([(8, 0), (34, 0), (22, 70), (-8, 70)], "#ffffff", 70, 3)
    canvas.beam([(60, 0), (82, 0), (74, 70), (48, 70)], "#ffffff", 60, 3)
    x, y = 40 + rng.random() * 25, 20 + rng.random() * 12
    canvas.shadow((x - 0.4, y, x + 1.2, y + 1.2), 120, 0.4, 0.6)
    canvas.disc((x, y), 0.7, "#1c1f22")
    return canvas


def sports_hall(rng: Random, third: int | None = None) -> Canvas:
    """A hall's floor with the lines of three games; curtains hang where only a third of it is meant."""
    canvas = Canvas("#c98f55")
    planks(canvas, rng, "#d6a267", 2.0)
    low = canvas.height - 6
    canvas.box((10, 6, 90, low), "#3d7f9c")
    canvas.frame((10, 6, 90, low), WHITE, 0.5)
    canvas.line([(50, 6), (50, low)], WHITE, 0.5)
    canvas.ring((50, canvas.height / 2), 8, WHITE, 0.5)
    for x, near, span in ((10, 10, (-90, 90)), (90, 77, (90, 270))):
        canvas.arc((x, canvas.height / 2), 16, span, "#f2c14e")
        canvas.arc((x, canvas.height / 2), 21, span, WHITE)
        canvas.frame((near, 25, near + 13, 42), "#f08a4b")
    for x in (30, 70):
        canvas.frame((x - 11, 12, x + 11, low - 6), "#e7e36b", 0.3)
    if third is not None:
        for number in {0, 1, 2} - {third}:
            canvas.dim((number * 33.4, 0, (number + 1) * 33.4, canvas.height), 135)
        for curtain in {33.4 * third, 33.4 * (third + 1)} - {0.0, 100.2}:
            canvas.shadow((curtain - 0.5, 0, curtain + 2, canvas.height), 130, 0.8)
            canvas.line([(curtain, 0), (curtain, canvas.height)], "#e8e2d2", 0.8)
    for x in (18, 42, 66, 90):
        canvas.beam([(x - 6, 0), (x + 2, 0), (x - 6, canvas.height), (x - 14, canvas.height)], "#fff4d6", 52, 2.5)
    return canvas


def mats(rng: Random) -> Canvas:
    """A sprung floor with mats laid out for a course, and mirrors along a wall."""
    canvas = Canvas("#d8b88c")
    planks(canvas, rng, "#dfbf93", 2.8)
    for number in range(6):
        canvas.box((number * 16.8 + 0.4, 0, number * 16.8 + 16.2, 8), "#bcd3d8")
        x = number * 16.8
        canvas.shape([(x + 3, 8), (x + 8, 0), (x + 11, 0), (x + 6, 8)], "#d9e8ea")
    canvas.shadow((0, 7, 100, 10), 70, 1)
    colors = ("#0f766e", "#7fb7a8", "#e0a458", "#c8553d")
    for row in range(2):
        for column in range(5):
            x, y = 10 + column * 17, 19 + row * 23
            canvas.shadow((x + 0.5, y + 0.7, x + 9.5, y + 18.7), 90, 0.6, 0.8)
            canvas.box((x, y, x + 9, y + 18), rng.choice(colors), 0.8)
    canvas.beam([(60, 0), (96, 0), (70, canvas.height), (34, canvas.height)], "#fff0cf", 62, 4)
    return canvas


def meeting(rng: Random, ground: str, table: str) -> Canvas:
    """A room with a long table, chairs and a plant."""
    canvas = Canvas(ground)
    planks(canvas, rng, ground, 3.6)
    canvas.box((14, 12, 86, canvas.height - 12), shade(ground, 0.82), 1.5)
    for number in range(5):
        for y in (17.5, canvas.height - 22.5):
            x = 25 + number * 11
            canvas.shadow((x + 0.6, y + 0.8, x + 6.6, y + 6), 100, 0.5, 2)
            canvas.box((x, y, x + 6, y + 5), "#f2efe8", 2)
    canvas.shadow((21, 25, 81, canvas.height - 22), 120, 1, 2)
    canvas.box((20, 23.5, 80, canvas.height - 23.5), table, 2)
    for number in range(4):
        x = 28 + number * 13
        canvas.box((x, 28, x + 5, 35), "#fbfaf5", 0.3)
        canvas.disc((x + 8, 33), 1.1, "#e8ecea")
    tree(canvas, rng, (92, 9), 5, "#5d8c4a")
    canvas.beam([(0, 0), (44, 0), (14, canvas.height), (0, canvas.height)], "#fff3d5", 66, 4)
    return canvas


def river(rng: Random, boats: int, hull: str) -> Canvas:
    """A river between its banks, and boats on it."""
    canvas = Canvas("#2f7f86")
    for number in range(60):
        x, y = rng.random() * 100, 12 + rng.random() * (canvas.height - 24)
        canvas.line([(x, y), (x + 3 + rng.random() * 6, y + 0.3)], shade("#4ba3a5", 0.95 + (number % 5) / 20), 0.16)
    canvas.glow((66, 26), 40, "#d9f4ee", 90)
    for number in range(12):
        tree(canvas, rng, (number * 9 + rng.random() * 4, 1 + rng.random() * 3), 6)
        tree(canvas, rng, (number * 9 + rng.random() * 4, canvas.height - 1 - rng.random() * 2), 5.5, "#6b8f3d")
    for number in range(boats):
        x, y = 16 + number * (66 / boats), 20 + (number * 13) % 26
        canvas.shadow((x + 1, y + 1.6, x + 23, y + 6.4), 120, 0.7, 3)
        canvas.oval((x, y, x + 22, y + 5), hull if number % 2 else "#f0b429")
        canvas.oval((x + 8, y + 1.2, x + 14, y + 3.8), "#1f2d2b")
        canvas.line([(x + 7, y - 3), (x + 15, y + 8)], "#f4efe2", 0.4)
    return canvas


def rackets(rng: Random) -> Canvas:
    """Rackets and balls on a bench."""
    canvas = Canvas("#c9975a")
    planks(canvas, rng, "#cf9f63", 6)
    for number, color in enumerate(("#0f766e", "#c8553d", "#20302b")):
        x, y = 22 + number * 27, 24.0
        canvas.shadow((x - 8, y - 11, x + 11, y + 15), 70, 1.6, 9)
        canvas.disc((x, y), 10.5, color)
        canvas.disc((x, y), 9.2, "#e9e4d8")
        for step in range(-8, 9, 2):
            canvas.line([(x + step, y - 8.4), (x + step, y + 8.4)], "#b9b3a5", 0.12)
            canvas.line([(x - 8.4, y + step), (x + 8.4, y + step)], "#b9b3a5", 0.12)
        canvas.line([(x, y + 10), (x, y + 32)], color, 2.2)
        canvas.disc((x + 12, y + 26), 2.4, "#dcea4a")
    canvas.beam([(0, 0), (40, 0), (16, canvas.height), (0, canvas.height)], "#fff3d0", 70, 4)
    return canvas


def wide_tennis(rng: Random) -> Canvas:
    """For the first page."""
    return tennis(rng, "#1f8a80", "#0d5f58", trees=9, size=WIDE)
