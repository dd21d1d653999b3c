"""The pictures of docs/inspecting.md, from a run of the seed's network 6 in out/network6, and of trained networks in
docs/series.md, for which its autoencoders lie in out/autoencoder and out/autoencoder_dense.

They take trainings of minutes, so that `python -m docs.inspecting_page` makes them, and not `make readme`. The pages
say how the runs are made.
"""

import sys
from collections.abc import Callable, Mapping

from docs.figures import ROOT, Figure

PAGE, SERIES_PAGE = "docs/inspecting.md", "docs/series.md"
RUN = "out/network6"
STEPS = 300
PHOTO = "specs/photos/val/windmill13.jpg"


def _figure(name: str, options: str, shown: str) -> Figure:
    return Figure(f"docs/images/inspecting/{name}.svg", f"inspect {RUN} {options}", shown)


FIGURES: Mapping[str, Figure] = {
    "maps": _figure(
        "maps",
        f"--layer e1 --photo {PHOTO} --size 96 --channels 0-11",
        "A gray photograph of windmills, and twelve maps of it, dark at edges, in the sky or on the ground",
    ),
    "signed": _figure(
        "signed",
        f"--layer conv3 --photo {PHOTO} --size 160 --channels 0-17 --shared-scale",
        "The same photograph, and eighteen coarse maps in blue and orange",
    ),
    "kernels": _figure(
        "kernels",
        "--kernels conv1",
        "Three times 32 squares of 4 by 4: at the start, after training, and what training added",
    ),
    "deep": _figure(
        "deep",
        "--kernels conv2 --most 6",
        "Three times 6 rows of 8 windows, with percentages at the end of each row",
    ),
    "fresh": Figure(
        "docs/images/inspecting/fresh.svg",
        "inspect specs/seed/network6.cdsl --field --photo specs/photos/val",
        "A small dark spot in the middle of an empty square, and a curve that rises at once",
    ),
    "field": _figure(
        "field",
        "--field --photo specs/photos/val",
        "A dark spot with a wide cloud around it inside a square, and a curve that rises slowly",
    ),
    "bottom": _figure(
        "bottom",
        "--field conv6 --photo specs/photos/val",
        "A wide cloud that fills a square nearly evenly, and a curve close to that of even influence",
    ),
    "shifts": _figure(
        "shifts",
        "--translation --photo specs/photos/large/dandelions-at-dusk.jpg",
        "Three curves that touch zero at 0, 16 and 32 pixels only, and jump up and down between",
    ),
}
PARTS: Mapping[str, Callable[[], str]] = {name: figure.embedded for name, figure in FIGURES.items()}

CODE_RUN, DENSE_RUN = "out/autoencoder", "out/autoencoder_dense"
SERIES: Mapping[str, Figure] = {
    "code-maps": Figure(
        "docs/images/series/code_maps.svg",
        f"inspect {CODE_RUN} --layer encoder --photo {PHOTO} --size 192",
        "A photograph of windmills, and the sixteen small pictures that its code is made of",
    ),
    "dense-kernels": Figure(
        "docs/images/series/dense_kernels.svg",
        f"inspect {DENSE_RUN} --kernels encoder.1 --most 20",
        "Three times twenty pictures of 28 by 28 weights: noise, noise with shapes in some, and what training added",
    ),
    "checkerboard-maps": Figure(
        "docs/images/series/checkerboard_maps.svg",
        f"inspect {RUN} --layer t_conv4 --photo {PHOTO} --size 96",
        "Two maps of a photograph, covered with a regular pattern of dots",
    ),
}
SHARED = {"first-maps": "maps", "first-kernels": "kernels", "fresh-field": "fresh", "trained-field": "field"}  # on both
SERIES_PARTS: Mapping[str, Callable[[], str]] = {
    **{name: figure.embedded for name, figure in SERIES.items()},
    **{name: FIGURES[figure].embedded for name, figure in SHARED.items()},
}


def main() -> int:
    """Draw every figure; 2 where there is no run to draw them from."""
    for run, page in ((RUN, PAGE), (CODE_RUN, SERIES_PAGE), (DENSE_RUN, SERIES_PAGE)):
        if not (ROOT / run).is_dir():
            print(f"there is no run in {run}: {page} says how to make one", file=sys.stderr)
            return 2
    for figure in (*FIGURES.values(), *SERIES.values()):
        path = ROOT / figure.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(figure.draw(), "utf-8")
        print(f"drawn: {figure.path}, {path.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
