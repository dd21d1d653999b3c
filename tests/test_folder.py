"""Imported files on a disk: only below the spec's folder, only plain files, whatever links and pipes stand there."""

import os
from pathlib import Path

import pytest

from convdsl.folder import Folder
from convdsl.graph.library import ROOT, Refusal

B = "convdsl 1\nblock B() {\n  ReLU()\n}\n"


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    """A spec's folder with a file in it and one below, beside a secret."""
    home = tmp_path / "home"
    (home / "parts" / "deep").mkdir(parents=True)
    (home / "net.cdsl").write_text("convdsl 1\n", "utf-8")
    (home / "b.cdsl").write_text(B, "utf-8")
    (home / "parts" / "c.cdsl").write_text(B, "utf-8")
    (tmp_path / "secret.cdsl").write_text("a secret", "utf-8")
    return home


def folder(home: Path) -> Folder:
    return Folder(str(home / "net.cdsl"))


def refusal(home: Path, path: str, importer: str = ROOT) -> str:
    """Return what is said of a path that leads nowhere, when it is resolved or when it is read."""
    found = folder(home).resolve(path, importer)
    if isinstance(found, str):
        read = folder(home).read(found)
        assert isinstance(read, Refusal)
        found = read
    assert found.way_out
    return f"{found.message} / {found.way_out}"


def test_path_when_written_in_a_file_begins_at_the_folder_of_that_file(home: Path) -> None:
    reader = folder(home)
    assert reader.resolve("b.cdsl", ROOT) == "b.cdsl"
    assert reader.resolve("c.cdsl", "parts/other.cdsl") == "parts/c.cdsl"
    assert reader.resolve("../b.cdsl", "parts/c.cdsl") == "b.cdsl"
    assert reader.resolve("parts/../b.cdsl", ROOT) == "b.cdsl"


def test_file_when_read_has_the_name_by_which_a_person_would_open_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home.parent)
    source = Folder("home/net.cdsl").read("parts/c.cdsl")
    assert not isinstance(source, Refusal)
    assert (source.name, source.text) == ("home/parts/c.cdsl", B)
    monkeypatch.chdir(home)
    source = Folder("net.cdsl").read("parts/c.cdsl")
    assert not isinstance(source, Refusal)
    assert source.name == "parts/c.cdsl"


def test_root_when_imported_is_known_by_any_way(home: Path) -> None:
    (home / "alias.cdsl").symlink_to("net.cdsl")
    assert folder(home).resolve("net.cdsl", ROOT) == ROOT
    assert folder(home).resolve("../net.cdsl", "parts/c.cdsl") == ROOT
    assert folder(home).resolve("alias.cdsl", ROOT) == ROOT


@pytest.mark.parametrize("path", ["../secret.cdsl", "parts/../../secret.cdsl", "../home2/b.cdsl", "../../x.cdsl"])
def test_path_when_it_leaves_the_folder_is_refused(home: Path, path: str) -> None:
    assert "leads out of" in refusal(home, path)


def test_path_when_it_leaves_and_comes_back_is_refused_without_a_look(home: Path) -> None:
    """Whether it comes back depends on the folder's own name, which a spec has no business to know."""
    assert "leads out of" in refusal(home, "../home/b.cdsl")


def test_link_when_it_leads_out_is_refused(home: Path) -> None:
    (home / "out.cdsl").symlink_to(home.parent / "secret.cdsl")
    (home / "up").symlink_to(home.parent, target_is_directory=True)
    assert "is a link that leads out" in refusal(home, "out.cdsl")
    assert "is a link that leads out" in refusal(home, "up/secret.cdsl")


def test_link_when_it_stays_inside_is_the_file_that_it_leads_to(home: Path) -> None:
    (home / "inside.cdsl").symlink_to("parts/c.cdsl")
    assert folder(home).resolve("inside.cdsl", ROOT) == "parts/c.cdsl"


def test_link_when_it_leads_to_itself_is_refused(home: Path) -> None:
    (home / "round.cdsl").symlink_to("round.cdsl")
    assert refusal(home, "round.cdsl")


def test_folder_of_the_spec_when_reached_by_a_link_is_the_real_one(home: Path) -> None:
    link = home.parent / "link"
    link.symlink_to(home, target_is_directory=True)
    reader = Folder(str(link / "net.cdsl"))
    assert reader.resolve("b.cdsl", ROOT) == "b.cdsl"
    assert reader.resolve("net.cdsl", "b.cdsl") == ROOT


def test_file_when_missing_offers_a_near_one_as_it_would_be_written(home: Path) -> None:
    assert "there is no file" in refusal(home, "nowhere.cdsl")
    assert "did you mean `parts/c.cdsl`" in refusal(home, "parts/c.yaml")
    assert "did you mean `../b.cdsl`" in refusal(home, "../b.yml", "parts/c.cdsl")


def test_folder_when_imported_is_refused(home: Path) -> None:
    (home / "d.cdsl").mkdir()
    assert "is a folder" in refusal(home, "d.cdsl")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipe_when_imported_is_refused_at_once(home: Path) -> None:
    """Opened as a file is, it would wait for a writer for ever."""
    os.mkfifo(home / "pipe.cdsl")
    assert "is no plain file" in refusal(home, "pipe.cdsl")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
def test_device_when_imported_by_a_link_is_out_of_the_folder(home: Path) -> None:
    (home / "zero.cdsl").symlink_to("/dev/zero")
    assert "leads out" in refusal(home, "zero.cdsl")


def test_file_when_it_may_not_be_read_says_so(home: Path) -> None:
    (home / "b.cdsl").chmod(0)
    if os.access(home / "b.cdsl", os.R_OK):
        pytest.skip("this user may read everything")
    assert "may not be read" in refusal(home, "b.cdsl")


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "is empty"), (b"\x00\x01", "is binary"), (b"\xff\xfea\x00", "UTF-16"), (b"a\xff", "UTF-8")]
)
def test_file_when_it_is_no_text_says_why(home: Path, data: bytes, said: str) -> None:
    (home / "b.cdsl").write_bytes(data)
    assert said in refusal(home, "b.cdsl")


def test_file_when_too_large_is_not_read_whole(home: Path) -> None:
    with (home / "b.cdsl").open("wb") as file:
        file.truncate(40_000_000)
    assert "4,000,000" in refusal(home, "b.cdsl")
