"""Draws what PostgreSQL saw, as an SVG: a panel per server, the same scales for all, a bar per expiry.

See: README.md of this folder.
"""

import html

import herd

WIDTH = 1200
LEFT, RIGHT = 64, 1164  # where the panels begin and end
TOP, PANEL, PLOT = 118, 200, 128  # the first panel's place, the height of a panel and of the plot in it
BETWEEN = 44  # between the two halves of a panel
QUERIES = 200  # what the vertical axis reaches: every caller asks

INK, SOFT, GRID, PAPER, KILL = "#1f2933", "#5d6975", "#e4e8ec", "#ffffff", "#1f2933"
COLOURS = {"redis-server": "#c8402f", "Corral": "#0b7a75"}


class Canvas:
    """The SVG elements drawn so far."""

    def __init__(self):
        self.elements = []

    def text(self, x, y, words, size=14, colour=INK, anchor="start", weight=400):
        self.elements.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
                             f'text-anchor="{anchor}" font-weight="{weight}" stroke="{PAPER}" stroke-width="3" '
                             f'paint-order="stroke">{html.escape(words)}</text>')

    def name(self, x, y, title, colour, subtitle):
        self.elements.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="17" font-weight="700" fill="{colour}">'
                             f'{html.escape(title)}<tspan dx="10" font-size="14" font-weight="400" fill="{SOFT}">'
                             f"{html.escape(subtitle)}</tspan></text>")

    def line(self, x1, y1, x2, y2, colour=GRID, width=1.0):
        self.elements.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                             f'stroke="{colour}" stroke-width="{width}"/>')

    def box(self, x, y, width, height, colour):
        self.elements.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>')

    def dot(self, x, y, radius, colour):
        self.elements.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>')

    def cross(self, x, y, size=4):
        self.line(x - size, y - size, x + size, y + size, KILL, 2)
        self.line(x - size, y + size, x + size, y - size, KILL, 2)


class Half:
    """One half of every panel: its place and its time axis."""

    def __init__(self, x, seconds, pixels_per_second):
        self.x = x
        self.seconds = seconds
        self.width = seconds * pixels_per_second
        self._pixels_per_second = pixels_per_second

    def at(self, seconds):
        return self.x + seconds * self._pixels_per_second


def draw(contenders, origin_ms):
    """The picture, as text. `origin_ms` is what one query takes when nothing else runs."""
    canvas = Canvas()
    halves = _halves(contenders)
    bottom = TOP + PANEL * len(contenders)
    _draw_title(canvas, halves, origin_ms)
    for number, contender in enumerate(contenders):
        _draw_panel(canvas, contender, halves, TOP + PANEL * number)
    _draw_times(canvas, halves, bottom)
    height = bottom + 58
    body = "\n".join(canvas.elements)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'font-family="system-ui, -apple-system, \'Segoe UI\', \'DejaVu Sans\', sans-serif" role="img">\n'
            f"<title>Queries that PostgreSQL received when a hot key expired</title>\n"
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="10" fill="{PAPER}" stroke="{GRID}"/>\n'
            f"{body}\n</svg>\n")


def _halves(contenders):
    """The half in which the key expires and the half in which its filler is killed, at one scale."""
    seconds = [max((c.expiry.ended - c.expiry.began) / 1000 for c in contenders),
               max((c.killed.ended - c.killed.began) / 1000 for c in contenders)]
    scale = (RIGHT - LEFT - BETWEEN) / sum(seconds)
    first = Half(LEFT, seconds[0], scale)
    return first, Half(LEFT + first.width + BETWEEN, seconds[1], scale)


def _fitting(half, width):
    """Where a text of so many pixels begins: with the half, or earlier if it would pass the right margin."""
    return min(half.x, RIGHT - width)


def _draw_title(canvas, halves, origin_ms):
    canvas.text(LEFT, 42, "A hot key expires. How many queries reach the database?", 23, weight=700)
    canvas.text(LEFT, 68, f"{herd.CALLERS} callers on stock ioredis, node-redis and redis-py; plain cache-aside, "
                          f"TTL {herd.TTL_S} s; a query of {origin_ms:.0f} ms, counted by PostgreSQL.", 15, SOFT)
    canvas.text(halves[0].x, TOP - 14, "THE KEY EXPIRES", 12, SOFT, weight=700)
    canvas.text(_fitting(halves[1], 292), TOP - 14, "AND THE PROCESS THAT FILLS IT IS KILLED", 12, SOFT, weight=700)


def _draw_panel(canvas, contender, halves, top):
    colour = COLOURS[contender.title]
    canvas.name(LEFT, top + 18, contender.title, colour, contender.subtitle)
    base = top + 40 + PLOT
    for half, result in zip(halves, (contender.expiry, contender.killed)):
        _draw_summary(canvas, half, result, top + 18, colour)
        for queries in (0, 100, 200):
            y = base - queries * PLOT / QUERIES
            canvas.line(half.x, y, half.x + half.width, y, SOFT if queries == 0 else GRID)
            if half is halves[0]:
                canvas.text(half.x - 8, y + 4, str(queries), 12, SOFT, "end")
        _draw_bars(canvas, half, result, base, colour)


def _draw_summary(canvas, half, result, y, colour):
    queries = [count for _, _, count in result.expiries]
    mean = sum(queries) / len(queries) if queries else 0
    mean_text = f"{mean:.0f}" if mean >= 10 or mean == round(mean) else f"{mean:.1f}"
    unit = "query" if mean_text == "1" else "queries"
    canvas.text(half.x + half.width, y, f"{mean_text} {unit} each time, p99 {result.quantile(0.99):.0f} ms", 15, colour, "end", 700)


def _draw_bars(canvas, half, result, base, colour):
    """A bar per expiry: as high as its queries are many, as wide as they took."""
    for begun, ended, queries in result.expiries:
        left = half.at((begun - result.began) / 1000)
        width = max(6.0, half.at((ended - result.began) / 1000) - left)
        height = max(2.0, queries * PLOT / QUERIES)
        canvas.box(left, base - height, width, height, colour)
        if queries <= 10:  # too low to be seen as a bar
            canvas.dot(left + width / 2, base - height, 4.5, colour)
            height += 5
        canvas.text(left + width / 2, base - height - 5, str(queries), 13, INK, "middle", 600)
    for killed in result.kills:
        canvas.cross(half.at((killed - result.began) / 1000), base + 10)


def _draw_times(canvas, halves, y):
    for half in halves:
        step = 2 if half.seconds < 30 else 5
        for second in range(0, int(half.seconds) + 1, step):
            canvas.text(half.at(second), y + 2, f"{second} s", 12, SOFT, "middle")
    y += 34
    canvas.box(LEFT, y - 13, 6, 14, COLOURS["redis-server"])
    canvas.box(LEFT + 9, y - 13, 6, 14, COLOURS["Corral"])
    canvas.text(LEFT + 24, y, "one expiry: as high as its queries are many, as wide as they took; p99: of all calls of the service", 13, SOFT)
    x = _fitting(halves[1], 306)
    canvas.cross(x + 5, y - 5)
    canvas.text(x + 18, y, "the filling process is killed, its query running", 13, SOFT)
