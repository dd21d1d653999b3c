"""Colours and type sizes of pictures.

Hues are those of Okabe & Ito's palette, which stays apart under the common colour-blindnesses; each fill has its own
lightness, so that a print in grey keeps them apart too. A colour never says what no word says.
"""

from collections.abc import Mapping

from convdsl.record import dataclass

SIZES = {
    "title": 12,
    "detail": 11,
    "note": 10,
    "stripe": 10,
    "shape": 10,
    "frame": 11,
    "heading": 15,
    "subheading": 11,
    "mark": 11,
}
BOLD = ("title", "heading")

ROLES = ("page", "ink", "soft", "outline", "edge", "skip", "frame", "frame_fill", "problem")


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours of one category: a card's fill and the bar at its edge."""

    fill: str
    bar: str


@dataclass(frozen=True, slots=True)
class Theme:
    """All colours of a picture."""

    name: str
    page: str
    ink: str  # titles
    soft: str  # details, notes
    outline: str
    edge: str
    skip: str  # side lanes
    frame: str
    frame_fill: str
    problem: str
    marks: Mapping[str, str]  # of what was added (+), removed (-), changed (~), renamed (>), and what follows (^)
    paints: Mapping[str, Paint]
    groups: tuple[str, ...]  # fills of cells that belong together
    heat: str  # the colour of the most, which fades to the page's

    def colour(self, role: str) -> str:
        """Return the colour of a role of canvas.py.

        Raises ValueError for a role that there is not: a mistake of ours.
        """
        kind, _, name = role.partition(":")
        if kind == "fill":
            return self.paint(name).fill
        if kind == "bar":
            return self.paint(name).bar
        if kind == "mark":
            return self.marks[name]
        if kind == "group":
            return self.groups[(int(name) - 1) % len(self.groups)]
        if kind == "heat":
            return blend(self.page, self.heat, int(name))
        if role in ROLES:
            return str(getattr(self, role))
        raise ValueError(f"no colour has the role {role!r}")

    def paint(self, category: str) -> Paint:
        """Return the colours of a category; unknown ones look like `other`."""
        return self.paints.get(category, self.paints["other"])


def blend(one: str, other: str, percent: int) -> str:
    """Mix two colours, "#rrggbb": 0 percent is the first, 100 the second."""
    first, second = (bytes.fromhex(text[1:]) for text in (one, other))
    return "#" + "".join(f"{a + (b - a) * percent // 100:02x}" for a, b in zip(first, second, strict=True))


# Okabe & Ito's hues, light enough for dark letters; each with its own lightness
GROUPS = ("#8fc3e8", "#f3bd55", "#7fd0b4", "#e3a9cc", "#ee9b6c", "#f5ea7a", "#b9bec6")

LIGHT = Theme(
    name="light",
    page="#ffffff",
    ink="#1b1f24",
    soft="#57606a",
    outline="#aab2bd",
    edge="#57606a",
    skip="#8c96a3",
    frame="#c4cbd4",
    frame_fill="#f6f8fa",
    problem="#c1121f",
    marks={"+": "#00795a", "-": "#b3261e", "~": "#9a6700", ">": "#0072b2", "^": "#57606a"},
    paints={
        "conv": Paint("#e3f0fa", "#0072b2"),
        "pool": Paint("#fbe6d9", "#d55e00"),
        "norm": Paint("#f3e6ee", "#cc79a7"),
        "activation": Paint("#fdf1d0", "#e69f00"),
        "resize": Paint("#dcf2ea", "#009e73"),
        "join": Paint("#eceff2", "#57606a"),
        "dense": Paint("#dff1fb", "#56b4e9"),
        "shape": Paint("#f2f2ec", "#8a8a70"),
        "regularise": Paint("#f0f0f0", "#999999"),
        "input": Paint("#ffffff", "#1b1f24"),
        "output": Paint("#ffffff", "#1b1f24"),
        "other": Paint("#f4f4f4", "#777777"),
    },
    groups=GROUPS,
    heat="#d55e00",
)

DARK = Theme(
    name="dark",
    page="#0d1117",
    ink="#e6edf3",
    soft="#9da7b3",
    outline="#4b5563",
    edge="#9da7b3",
    skip="#6e7986",
    frame="#3a434e",
    frame_fill="#151b23",
    problem="#ff7b72",
    marks={"+": "#2fbf93", "-": "#ff7b72", "~": "#f0b732", ">": "#6cc3f2", "^": "#9da7b3"},
    paints={
        "conv": Paint("#12283c", "#4aa3df"),
        "pool": Paint("#3a2113", "#ee8a45"),
        "norm": Paint("#35202c", "#d98fb8"),
        "activation": Paint("#382c0e", "#f0b732"),
        "resize": Paint("#0e3026", "#2fbf93"),
        "join": Paint("#242b33", "#9da7b3"),
        "dense": Paint("#143041", "#6cc3f2"),
        "shape": Paint("#28281f", "#a3a384"),
        "regularise": Paint("#262626", "#999999"),
        "input": Paint("#0d1117", "#e6edf3"),
        "output": Paint("#0d1117", "#e6edf3"),
        "other": Paint("#222222", "#999999"),
    },
    groups=("#1f5e8c", "#8a5f00", "#13694e", "#7d3f63", "#8f3d0f", "#6f6600", "#4b535e"),
    heat="#d55e00",
)

PRINT = Theme(
    name="print",
    page="#ffffff",
    ink="#000000",
    soft="#333333",
    outline="#000000",
    edge="#000000",
    skip="#555555",
    frame="#888888",
    frame_fill="#ffffff",
    problem="#000000",
    marks=dict.fromkeys("+-~>^", "#000000"),
    paints={
        name: Paint(fill, "#000000")
        for name, fill in (
            ("conv", "#e2e2e2"),
            ("pool", "#c8c8c8"),
            ("norm", "#f4f4f4"),
            ("activation", "#fafafa"),
            ("resize", "#d6d6d6"),
            ("join", "#ffffff"),
            ("dense", "#ececec"),
            ("shape", "#ffffff"),
            ("regularise", "#ffffff"),
            ("input", "#ffffff"),
            ("output", "#ffffff"),
            ("other", "#ffffff"),
        )
    },
    groups=("#b4b4b4", "#f0f0f0", "#d0d0d0", "#e2e2e2", "#c2c2c2", "#f8f8f8", "#a8a8a8"),
    heat="#707070",
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK, PRINT)}
