"""Files in and out: what cannot be read is one diagnostic, and nothing is lost or overwritten unasked."""

import os
import stat
from pathlib import Path

import pytest

from convdsl.files import is_unreadable, read_spec, write_new
from convdsl.mistake import MistakeError

TEXT = "convdsl 1\n"


def complaint(path: Path | str) -> str:
    """Return the message and the ways out of the one diagnostic that reading a path gives."""
    source, (found,) = read_spec(str(path))
    assert source.text == ""
    assert is_unreadable(found)
    assert found.helps
    return " / ".join((found.message, *(one.text for one in found.helps)))


def test_read_when_the_file_is_good_gives_its_text_and_name(tmp_path: Path) -> None:
    file = tmp_path / "a.cdsl"
    file.write_text(TEXT)
    source, found = read_spec(str(file))
    assert (source.name, source.text, found) == (str(file), TEXT, ())


def test_read_when_there_is_no_file_offers_the_near_name(tmp_path: Path) -> None:
    (tmp_path / "colorizer.cdsl").write_text(TEXT)
    said = complaint(tmp_path / "colorizr.cdsl")
    assert "there is no file" in said
    assert f"did you mean `{tmp_path / 'colorizer.cdsl'}`" in said


def test_read_when_only_the_ending_differs_offers_the_other_spelling(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(TEXT)
    assert f"did you mean `{tmp_path / 'net.yaml'}`" in complaint(tmp_path / "net.cdsl")
    assert f"did you mean `{tmp_path / 'net.yaml'}`" in complaint(tmp_path / "net")


def test_read_when_the_folder_is_missing_too_says_so(tmp_path: Path) -> None:
    assert "there is no file" in complaint(tmp_path / "nowhere" / "a.cdsl")


def test_read_when_it_is_a_folder_names_a_spec_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.cdsl").write_text(TEXT)
    said = complaint(tmp_path)
    assert "is a folder" in said
    assert str(tmp_path / "a.cdsl") in said


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", id="picture"),
        pytest.param(bytes(range(256)) * 8, id="junk"),
        pytest.param("convdsl 1\nmodel Ä { }".encode("utf-16"), id="utf-16"),
        pytest.param("convdsl 1\n# gr\u00fcn\n".encode("latin-1"), id="latin-1"),
        pytest.param(b"# " + b"x" * 5_000_000, id="too-large"),
    ],
)
def test_read_when_the_bytes_are_no_spec_gives_one_diagnostic(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.cdsl"
    file.write_bytes(data)
    assert complaint(file)


def test_read_when_the_device_never_ends_stops() -> None:
    assert complaint("/dev/zero")


@pytest.mark.parametrize("name", ["a\0b.cdsl", "x" * 5000])
def test_read_when_the_name_cannot_be_gives_a_diagnostic(name: str) -> None:
    assert complaint(name)


def test_write_when_nothing_is_there_leaves_the_file_alone_in_its_folder(tmp_path: Path) -> None:
    target = tmp_path / "net.py"
    write_new(str(target), "x = 1\n", force=False)
    assert target.read_text() == "x = 1\n"
    assert list(tmp_path.iterdir()) == [target]


def test_write_when_a_file_is_there_refuses_and_keeps_it(tmp_path: Path) -> None:
    target = tmp_path / "net.py"
    target.write_text("mine")
    with pytest.raises(MistakeError, match="exists") as raised:
        write_new(str(target), "yours", force=False)
    assert "--force" in raised.value.way_out
    assert target.read_text() == "mine"


def test_write_when_the_same_bytes_are_there_is_content(tmp_path: Path) -> None:
    target = tmp_path / "net.py"
    target.write_bytes(b"same")
    write_new(str(target), b"same", force=False)
    assert target.read_bytes() == b"same"


def test_write_when_forced_replaces_the_file(tmp_path: Path) -> None:
    target = tmp_path / "net.py"
    target.write_text("mine")
    write_new(str(target), "yours", force=True)
    assert target.read_text() == "yours"


def test_write_when_the_target_is_a_link_keeps_the_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.py", tmp_path / "link.py"
    real.write_text("old")
    link.symlink_to(real)
    write_new(str(link), "new", force=True)
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_write_when_the_folder_is_missing_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match="there is no folder") as raised:
        write_new(str(tmp_path / "a" / "b.py"), "x", force=False)
    assert "mkdir" in raised.value.way_out


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="only Linux has such a folder")
def test_write_when_nobody_can_make_files_in_the_folder_does_not_say_that_it_is_missing() -> None:
    with pytest.raises(MistakeError, match="cannot be written"):
        write_new("/proc/net.svg", "x", force=False)


def test_write_when_the_target_is_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match="is a folder"):
        write_new(str(tmp_path), "x", force=True)


def test_write_when_the_folder_of_the_target_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MistakeError, match="cannot be written"):
        write_new(str(tmp_path / "file" / "b.py"), "x", force=False)


def test_write_when_done_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        write_new(str(tmp_path / "a.py"), "x", force=False)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "a.py").stat().st_mode) == 0o644


def test_write_when_the_target_is_a_device_writes_to_it() -> None:
    write_new("/dev/null", "x", force=False)
