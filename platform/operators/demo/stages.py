"""Pictures of studios, halls and rooms for rehearsing, as one sees them from the door or from above."""

from random import Random

from operators.demo.painting import SIZE, WIDE, Canvas, Point, planks, shade, tree


def backdrop(rng: Random, paper: str, size: tuple[int, int] = SIZE) -> Canvas:
    """A bent backdrop between two soft lights, with a stool."""
    canvas = Canvas("#d9d4d2", size)
    low = canvas.height
    canvas.box((18, 0, 82, low * 0.62), paper)
    canvas.shape([(18, low * 0.62), (82, low * 0.62), (96, low), (4, low)], shade(paper, 0.93))
    canvas.glow((50, low * 0.42), 42, "#ffffff", 190)
    for x, lean in ((10, 1), (90, -1)):
        canvas.line([(x, 12), (x, low - 4)], "#2b2a2c", 0.5)
        canvas.shape([(x - 7 * lean, 5), (x + 6 * lean, 8), (x + 6 * lean, 24), (x - 7 * lean, 29)], "#fffdf8")
        canvas.glow((x + 6 * lean, 17), 24, "#fff7ea", 200)
    canvas.shadow((43, low * 0.83, 60, low * 0.88), 110, 1.2, 3)
    for x in (46, 54):
        canvas.line([(50, low * 0.66), (x, low * 0.86)], "#3a3437", 0.5)
    canvas.oval((44.5, low * 0.62, 55.5, low * 0.68), "#4a4146")
    for _mark in range(3):
        canvas.line([(30 + rng.random() * 40, low * 0.93), (33 + rng.random() * 40, low * 0.93)], "#be185d", 0.3)
    return canvas


def black_box(_rng: Random, light: str) -> Canvas:
    """A dark room in which one lamp shows a table."""
    canvas = Canvas("#17141a")
    low = canvas.height
    canvas.shape([(0, low * 0.72), (100, low * 0.72), (100, low), (0, low)], "#221d25")
    canvas.beam([(47, 0), (53, 0), (78, low * 0.86), (22, low * 0.86)], light, 130, 2)
    canvas.oval((28, low * 0.76, 72, low * 0.9), shade(light, 0.62))
    canvas.box((40, low * 0.62, 60, low * 0.66), "#efe6e9", 0.5)
    for x in (42, 58):
        canvas.line([(x, low * 0.66), (x, low * 0.84)], "#cfc3c9", 0.5)
    canvas.box((46, low * 0.5, 50, low * 0.62), "#be185d", 1)
    canvas.disc((54, low * 0.58), 2.4, "#f3d7a0")
    canvas.box((44, 0, 56, 4), "#322c36", 1)
    return canvas


def windows(rng: Random, wall: str, floor: str, glass: str) -> Canvas:
    """High windows, and their light on the floor."""
    canvas = Canvas(wall)
    low, floor_at = canvas.height, canvas.height * 0.6
    ground = Canvas(floor)
    planks(ground, rng, floor, 2.6)
    edge = round(floor_at * canvas.unit)
    canvas.image.paste(ground.image.crop((0, edge, *canvas.image.size)), (0, edge))
    canvas.box((0, floor_at - 1, 100, floor_at), shade(wall, 0.9))
    for number in range(4):
        x = 8 + number * 22
        canvas.box((x - 0.8, 5, x + 18.8, 35), shade(wall, 0.72))
        canvas.box((x, 6, x + 18, 34), glass)
        canvas.glow((x + 9, 18), 15, "#ffffff", 110)
        for step in (6, 12):
            canvas.line([(x + step, 6), (x + step, 34)], shade(wall, 0.72), 0.5)
        for y in (15, 24):
            canvas.line([(x, y), (x + 18, y)], shade(wall, 0.72), 0.5)
        canvas.beam([(x + 2, floor_at), (x + 20, floor_at), (x + 10, low), (x - 14, low)], "#fff4dc", 95, 1.2)
    return canvas


def booth(rng: Random, foam: str, microphones: int) -> Canvas:
    """Foam on the wall, a table and microphones."""
    canvas = Canvas(foam)
    for row in range(8):
        for column in range(13):
            x, y = column * 8.0, row * 8.0
            by = 0.86 + 0.2 * ((row + column) % 2) + rng.random() * 0.06
            canvas.shape([(x, y), (x + 8, y), (x + 4, y + 4)], shade(foam, by * 1.08))
            canvas.shape([(x, y + 8), (x + 8, y + 8), (x + 4, y + 4)], shade(foam, by * 0.8))
            canvas.shape([(x, y), (x, y + 8), (x + 4, y + 4)], shade(foam, by * 0.92))
    low = canvas.height
    canvas.glow((50, 18), 44, "#ffe9c9", 90)
    canvas.shadow((0, low * 0.74, 100, low * 0.8), 130, 1.5)
    canvas.box((0, low * 0.78, 100, low), "#8a5a3c")
    for number in range(microphones):
        x = 100 / (microphones + 1) * (number + 1)
        canvas.line([(x, low * 0.82), (x, 34)], "#1f1c20", 0.6)
        canvas.line([(x, 34), (x - 5, 26)], "#1f1c20", 0.6)
        canvas.oval((x - 9, 17, x - 2, 28), "#39343b")
        canvas.box((x - 9, 22, x - 2, 22.7), "#d8c7ae")
        canvas.oval((x - 5, low * 0.81, x + 5, low * 0.84), "#2a262c")
    return canvas


def hall(rng: Random, *, has_stage: bool = False, has_garden: bool = False) -> Canvas:
    """A wooden hall with paper screens; cherry trees stand in the garden."""
    canvas = Canvas("#ead9bf")
    low = canvas.height
    planks(canvas, rng, "#c99d6b", 2.6)
    canvas.box((0, 0, 100, 32), "#f3e7d1")
    canvas.box((0, 0, 100, 4), "#5b3d29")
    for number in range(5):
        x = 4 + number * 19
        canvas.box((x, 6, x + 16, 31), "#fbf6ea" if not has_garden else "#dcecd6")
        if has_garden:
            tree(canvas, rng, (x + 8, 19), 5.5, "#efb3c6")
        for step in range(0, 17, 4):
            canvas.line([(x + step, 6), (x + step, 31)], "#8a6242", 0.25)
        for y in (6, 14.3, 22.6, 31):
            canvas.line([(x, y), (x + 16, y)], "#8a6242", 0.25)
        canvas.beam([(x, 32), (x + 16, 32), (x + 8, low), (x - 10, low)], "#fff0d4", 62, 1.8)
    for pillar in (2, 21.5, 40.5, 59.5, 78.5, 98):
        canvas.box((pillar - 0.8, 4, pillar + 0.8, 34), "#5b3d29")
    if has_stage:
        canvas.shadow((14, 44, 86, 62), 120, 1.6)
        canvas.box((14, 40, 86, 58), "#8d2f3f", 0.5)
        canvas.box((14, 57, 86, 60), "#5e1f2b")
    return canvas


def tatami(rng: Random) -> Canvas:
    """A room of mats from above, with a low table."""
    canvas = Canvas("#c9bd83")
    low = canvas.height
    for number in range(4):
        for row in range(2):
            x, y = number * 25.0, row * low / 2
            canvas.box((x, y, x + 25, y + low / 2), shade("#cfc489", 0.94 + rng.random() * 0.1))
            for step in range(0, 33):
                canvas.line([(x, y + step), (x + 25, y + step)], shade("#cfc489", 0.92), 0.06)
            canvas.frame((x, y, x + 25, y + low / 2), "#3c4a35", 0.7)
    for x, y in ((40, 18), (55, 18), (40, 44), (55, 44)):
        canvas.box((x - 3.5, y - 3.5, x + 4.5, y + 4.5), "#a8324a", 1)
    canvas.shadow((34.5, 25, 67, 43), 130, 1, 1)
    canvas.box((34, 24, 66, 41), "#6b442b", 1)
    for x in (43, 50, 57):
        canvas.disc((x, 32), 1.6, "#e9e2cf")
        canvas.disc((x, 32), 1.1, "#7d9a4f")
    canvas.beam([(58, 0), (100, 0), (70, low), (28, low)], "#fff2cf", 66, 3)
    return canvas


def band_room(rng: Random, wall: str, *, has_drums: bool = True, has_piano: bool = False) -> Canvas:
    """A rehearsal room from above: carpet, amplifiers, drums."""
    canvas = Canvas("#2a2430")
    planks(canvas, rng, "#4a3a33", 3)
    low = canvas.height
    canvas.box((0, 0, 100, 7), wall)
    canvas.box((16, 13, 84, low - 7), "#7a2338", 0.6)
    canvas.frame((18, 15, 82, low - 9), "#d9a04e", 0.6)
    canvas.frame((21, 18, 79, low - 12), "#38507a", 0.5)
    for x in (4, 88):
        canvas.shadow((x, 20, x + 10, 34), 140, 1)
        canvas.box((x, 18, x + 8, 32), "#17151a", 0.6)
        canvas.disc((x + 4, 25), 2.8, "#3a3640")
    if has_drums:
        drums(canvas, (50, 30))
    if has_piano:
        canvas.shadow((32, 44, 70, 55), 130, 1)
        canvas.box((31, 42, 69, 53), "#1b181d", 0.8)
        canvas.box((33, 49, 67, 52.4), "#f4f0e6")
        for step in range(17):
            canvas.line([(34.5 + step * 2, 49), (34.5 + step * 2, 51)], "#1b181d", 0.6)
    canvas.glow((50, 28), 42, "#c9a6ff", 90)
    canvas.glow((14, 8), 24, "#ff9a5a", 110)
    return canvas


def drums(canvas: Canvas, middle: Point) -> None:
    """A kit from above."""
    x, y = middle
    canvas.shadow((x - 13, y - 9, x + 15, y + 14), 130, 2, 9)
    for dx, dy, radius, skin in (
        (0, 4, 6, "#efe9dd"),
        (-7, -3, 3.6, "#f4efe4"),
        (1, -5, 3.6, "#f4efe4"),
        (9, 3, 4.6, "#efe9dd"),
    ):
        canvas.disc((x + dx, y + dy), radius, "#7c3aed")
        canvas.disc((x + dx, y + dy), radius - 0.7, skin)
    for dx, dy, radius in ((-13, 2, 4.6), (12, -6, 5.2), (-10, -9, 4.4)):
        canvas.disc((x + dx, y + dy), radius, "#d7ab3f")
        canvas.ring((x + dx, y + dy), radius * 0.6, "#b98e2b", 0.14)
        canvas.disc((x + dx, y + dy), 0.6, "#8a6a1f")


def lights(rng: Random, colors: tuple[str, ...], size: tuple[int, int] = SIZE) -> Canvas:
    """A stage in coloured light."""
    canvas = Canvas("#120d1c", size)
    low = canvas.height
    canvas.box((0, low * 0.74, 100, low), "#241a33")
    for number, color in enumerate((*colors, *colors)):
        x = 8 + number * (84 / (2 * len(colors) - 1))
        end = x + (50 - x) * 0.7 + (rng.random() - 0.5) * 12
        canvas.beam([(x - 0.8, 2), (x + 0.8, 2), (end + 11, low * 0.84), (end - 11, low * 0.84)], color, 92, 1.2)
        canvas.glow((x, 3), 6, "#ffffff", 220)
    for x in (22, 78):
        canvas.box((x - 5, low * 0.6, x + 5, low * 0.8), "#0b0810", 0.5)
        canvas.ring((x, low * 0.7), 3, "#3b3148", 0.6)
    canvas.line([(50, low * 0.8), (50, low * 0.5)], "#e9e4f2", 0.35)
    canvas.oval((48.9, low * 0.46, 51.1, low * 0.51), "#f3eff9")
    return canvas


def cases(rng: Random, ground: str, color: str) -> Canvas:
    """Things to take along, in their cases."""
    canvas = Canvas(ground)
    planks(canvas, rng, ground, 5)
    for number in range(3):
        x = 9 + number * 29
        canvas.shadow((x + 1, 17, x + 26, 53), 120, 1.6, 1)
        canvas.box((x, 14, x + 24, 50), "#1d1b20", 1.2)
        canvas.box((x + 2, 16, x + 22, 48), color if number % 2 else shade(color, 0.7), 0.8)
        canvas.disc((x + 12, 32), 7, "#26232b")
        canvas.ring((x + 12, 32), 5, "#6e6878", 0.5)
        canvas.box((x + 8, 11, x + 16, 14), "#1d1b20", 0.6)
    canvas.glow((30, 16), 40, "#fff2dc", 80)
    return canvas


def wide_backdrop(rng: Random) -> Canvas:
    """For the first page of the studios."""
    canvas = backdrop(rng, "#f7c9d6", WIDE)
    canvas.glow((50, 14), 30, "#ffe3ec", 140)
    return canvas


def wide_lights(rng: Random) -> Canvas:
    """For the first page of the rehearsal rooms."""
    return lights(rng, ("#7c3aed", "#ec4899", "#38bdf8"), WIDE)
