"""Colours of a page as variables of its style sheet, so that one drawing is right in the light and in the dark."""

from collections.abc import Iterator

from convdsl.render.theme import DARK, ROLES, Paint, Theme

FOCUS = {"dark": "#58a6ff"}  # the line around what is pointed at
LIGHT_FOCUS = "#0969da"

_MARKS = {"+": "added", "-": "removed", "~": "changed", ">": "renamed", "^": "follows"}


def variables(theme: Theme) -> Theme:
    """Return a theme whose colours are variables: what paints with it is coloured by the page."""
    return Theme(
        name="page",
        **{role: f"var(--{role})" for role in ROLES},
        marks={mark: f"var(--{_MARKS[mark]})" for mark in theme.marks},
        paints={name: Paint(f"var(--{name})", f"var(--{name}-bar)") for name in theme.paints},
        groups=tuple(f"var(--g{number})" for number in range(len(theme.groups))),
        heat="var(--heat)",
    )


def sheet(theme: Theme, follows: bool) -> str:
    """Return the rules that give the variables their values.

    theme: of the page at first. follows: whether the page is dark where its reader's screen is.
    """
    light, dark = _values(theme), _values(DARK)
    rules = [f":root{{color-scheme:{'dark' if theme is DARK else 'light'};{light}}}"]
    if theme is not DARK:
        if follows:
            rules.append(
                f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}"
            )
        rules.append(f":root[data-theme=dark]{{color-scheme:dark;{dark}}}")
    return "\n".join(rules)


def _values(theme: Theme) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in _named(theme))


def _named(theme: Theme) -> Iterator[tuple[str, str]]:
    for role in ROLES:
        yield role, theme.colour(role)
    for mark, colour in theme.marks.items():
        yield _MARKS[mark], colour
    for name, paint in theme.paints.items():
        yield name, paint.fill
        yield f"{name}-bar", paint.bar
    for number, colour in enumerate(theme.groups):
        yield f"g{number}", colour
    yield "heat", theme.heat
    yield "focus", FOCUS.get(theme.name, LIGHT_FOCUS)
