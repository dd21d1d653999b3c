"""What is written into XML and HTML from outside, so that it stays text."""

import re

_PLAIN = re.compile('[^&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]*')  # nothing to do: most text
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_plain(text: str) -> bool:
    """Tell whether nothing in a string has to be escaped."""
    return _PLAIN.fullmatch(text) is not None


def escape(text: str) -> str:
    """Escape a string for text and for attributes; what XML cannot hold becomes a replacement character."""
    if _PLAIN.fullmatch(text):
        return text
    out = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return _NO_XML.sub("\ufffd", out)
