"""Turn a drawn SVG into a PDF of one page: lines stay lines and text stays text, by a package that is not part of a
plain installation.

The page is as large as the SVG on paper, at 96 pixels an inch; the bytes are the same every time.
"""

from convdsl.mistake import MistakeError
from convdsl.render.typeface import FOLDER, covers, lettered

LONGEST = 14_400  # points: no viewer has to open a longer page (PDF 1.7, annex C)

_PAGE = """#set document(title: sys.inputs.title, date: none)
#set page(width: {width}pt, height: {height}pt, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: {width}pt, height: {height}pt, alt: sys.inputs.alt)
"""


def pdf(svg: str, width: int, height: int, title: str, description: str) -> bytes:
    """Render SVG text that is width x height pixels large, in the fonts of the package.

    Only where it has characters that these lack, the machine's fonts are looked at too. A picture too long for a page
    is made smaller.
    Raises MistakeError where the package is missing.
    """
    try:
        import typst
    except ImportError:
        raise MistakeError(
            "PDF needs the package typst, which is not installed",
            way_out="`pip install 'convdsl[draw]'`, or write .svg",
        ) from None
    unit = min(0.75, LONGEST / max(width, height))
    page = _PAGE.format(width=f"{width * unit:.3f}", height=f"{height * unit:.3f}").encode()
    fonts = typst.Fonts(include_system_fonts=not covers(svg), font_paths=[str(FOLDER)])
    inputs = {"svg": lettered(svg), "title": title, "alt": description}
    return bytes(typst.compile(page, format="pdf", timestamp=0, font_paths=fonts, sys_inputs=inputs))
