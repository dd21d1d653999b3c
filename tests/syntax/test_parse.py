"""From bytes to a tree: encodings, and which reader reads what."""

import pytest

from convdsl.source import Source
from convdsl.syntax.parse import decode, parse

TEXT = "convdsl 1\nmodel M { output y: [N] }\n"


@pytest.mark.parametrize("data", [TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode()], ids=["plain", "byte-order-mark"])
def test_utf8_when_decoded_is_the_text(data: bytes) -> None:
    assert decode("a.cdsl", data) == (Source("a.cdsl", TEXT), ())


REFUSED = {
    "empty": (b"", "E004", "empty"),
    "blank": (b" \n\n", "E004", "empty"),
    "utf-16": (TEXT.encode("utf-16"), "E004", "UTF-16"),
    "utf-16-be": (b"\xfe\xff" + TEXT.encode("utf-16-be"), "E004", "UTF-16"),
    "zero bytes": (b"PK\x03\x04\x00\x00", "E004", "byte 4"),
    "latin-1": ("convdsl 1\n# für\n".encode("latin-1"), "E004", "byte 13 of the file, 0xfc in line 2"),
    "too large": (b"#" * 4_000_001, "E005", "4,000,001 bytes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bytes_that_are_no_text_when_decoded_are_one_message(name: str) -> None:
    data, code, words = REFUSED[name]
    source, (found,) = decode("a.cdsl", data)
    assert source.text == ""
    assert found.code.id == code
    assert words in found.message
    assert found.helps


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "A.YAML"])
def test_parse_when_the_name_ends_in_yaml_reads_yaml(name: str) -> None:
    parsed = parse(Source(name, "convdsl: 1\nmodel: M\nlayers: []\n"))
    assert not any(found.code.id == "E002" for found in parsed.diagnostics)
    assert parsed.file.edition == 1


@pytest.mark.parametrize("name", ["a.cdsl", "a", "-", "yaml"])
def test_parse_when_the_name_ends_otherwise_reads_text(name: str) -> None:
    assert parse(Source(name, TEXT)).diagnostics == ()
