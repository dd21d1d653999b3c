"""`convdsl colorize` as people type it: streams, names, formats, tiles, comparisons, ONNX, and their mistakes."""

import errno
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convdsl
from convdsl.cli.main import main
from convdsl.train import photos, predict
from tests.train.test_commands import SPEC, photographs

ROOT = Path(__file__).parents[2]


@pytest.fixture(name="trained", scope="module")
def _trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("trained")
    (place / "tiny.cdsl").write_text(SPEC)
    photographs(place / "photos")
    assert main(["train", f"{place}/tiny.cdsl", "--photos", f"{place}/photos", "--out", f"{place}/run"]) == 0
    return place / "run"


@pytest.fixture(name="place")
def _place(tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    photographs(tmp_path / "old", 2)
    (tmp_path / "run").symlink_to(trained)
    monkeypatch.chdir(tmp_path)
    return tmp_path


Pipe = pytest.CaptureFixture[bytes]


def shown(path: str | Path) -> Image.Image:
    return Image.open(io.BytesIO(Path(path).read_bytes()))


def colorize(*words: str, network: tuple[str, ...] = ("--checkpoint", "run")) -> int:
    return main(["colorize", *words, *network])


def piped(words: list[str], given: bytes, monkeypatch: pytest.MonkeyPatch, capsys: Pipe) -> tuple[int, bytes, bytes]:
    """Run a command on bytes from standard input; return its code, and what it wrote to both streams."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    code = main(words)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_stream_in_is_a_picture_out_and_nothing_else(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Pipe
) -> None:
    image, body = shown("old/0.png"), io.BytesIO()
    image.convert("L").save(body, "JPEG")
    words = ["colorize", "-", "--checkpoint", "run", "--out", "-"]
    code, out, err = piped(words, body.getvalue(), monkeypatch, capsysbinary)
    result = Image.open(io.BytesIO(out))
    assert code == 0 and result.format == "JPEG" and result.size == image.size and b"Traceback" not in err
    code, out, err = piped([*words, "--format", "png"], body.getvalue(), monkeypatch, capsysbinary)
    assert code == 0 and Image.open(io.BytesIO(out)).format == "PNG"
    code, out, err = piped(words, b"hello", monkeypatch, capsysbinary)
    assert code == 2 and out == b"" and b"left out -: not an image" in err


def test_names_formats_and_comparisons_are_as_asked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert colorize("old/*.png", "--suffix", "_c", "--format", "webp", "--quality", "80", "--compare") == 0
    assert capsys.readouterr().out.split() == ["old/0_c.webp", "old/1_c.webp"]
    assert sorted(path.name for path in Path("old").glob("*.webp")) == [
        *("0_c.compare.webp", "0_c.webp", "1_c.compare.webp", "1_c.webp"),
    ]
    sheet = shown("old/0_c.compare.webp")
    assert sheet.width > 3 * 30 and sheet.height > 24
    assert colorize("old/0.png", "--out", "new/one.tif") == 0 and shown("new/one.tif").format == "TIFF"
    assert colorize("old", "--out", "new", "--no-recursive") == 0


def test_tiles_and_the_whole_are_one_picture(place: Path) -> None:
    for name, words in (("a", ("--size", "full")), ("b", ("--tile", "16")), ("c", ("--tile",))):
        assert colorize("old", "--out", name, *words) == 0
    pictures = [photos.pixels(shown(f"{name}/0.png")).astype(int) for name in "abc"]
    assert max(np.abs(pictures[0] - other).max() for other in pictures) <= 1


def test_depth_of_16_bits_is_in_the_file(place: Path) -> None:
    scan = np.arange(24 * 30, dtype=np.uint16).reshape(24, 30) * 91
    Image.fromarray(scan).save("old/scan.tif")
    assert colorize("old/scan.tif", "--out", "new", "--depth", "16", "--format", "png", "--compare") == 0
    assert colorize("old/scan.tif", "--out", "other.png", "--depth", "16") == 0
    for name in ("new/scan.png", "other.png"):
        assert Path(name).read_bytes()[24] == 16  # IHDR: the bits of a channel
    assert shown("new/scan.compare.png").height > 24


def test_broken_file_among_others_is_told_and_the_rest_is_done(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "old/bad.jpg").write_bytes(b"hello")
    assert colorize("old", "--out", "new") == 2
    said = capsys.readouterr()
    assert said.out.split() == ["new/0.png", "new/1.png"]
    assert "left out old/bad.jpg: not an image" in said.err and "1 of 3 files were left out" in said.err


def test_run_that_was_stopped_goes_on(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[object] = []

    def stopped(*given: object) -> Image.Image:
        if done:
            raise KeyboardInterrupt
        done.append(given)
        return painted(*given)  # type: ignore[arg-type]

    painted = predict.colour
    with monkeypatch.context() as patched:
        patched.setattr(predict, "colour", stopped)
        assert colorize("old", "--out", "new", "--compare") == 130
    assert "1 of 2 photographs are done; `--skip-existing` goes on" in capsys.readouterr().err
    first = Path("new/0.png").stat()
    assert not Path("new/1.png").exists() and not list(Path("new").glob(".*"))
    Path("new/1.compare.png").write_bytes(b"")  # as where it is stopped between the two
    assert colorize("old", "--out", "new", "--compare", "--skip-existing") == 0
    said = capsys.readouterr()
    assert said.out.split() == ["new/1.png"] and "1 of 2 results are there already" in said.err
    assert Path("new/0.png").stat().st_mtime_ns == first.st_mtime_ns and shown("new/1.compare.png").height > 24
    assert colorize("old", "--out", "new", "--compare", "--skip-existing") == 0
    assert capsys.readouterr().out == ""
    assert colorize("old", "--out", "new") == 2 and "`--skip-existing`" in capsys.readouterr().err


class Full(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, body: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "command",
    (
        ("colorize", "old", "--checkpoint", "nowhere", "--out", "new"),
        ("evaluate", "old", "--checkpoint", "nowhere"),
        ("inspect", "--checkpoint", "nowhere", "--layer", "one", "--photo", "old"),
        ("train", str(ROOT / "specs/unet.cdsl"), "--photos", "nowhere", "--out", "new"),
    ),
    ids=lambda command: command[0],
)
def test_threads_are_told_to_wait_briefly_before_pytorch_looks(place: Path, command: tuple[str, ...]) -> None:
    program = (
        "import os, sys\nfrom convdsl.cli.main import main\nfrom convdsl.train import thrift\n"
        "seen, ask = [], thrift.wait_briefly\n"
        "thrift.wait_briefly = lambda: (ask(), seen.append('torch' in sys.modules))\n"
        f"assert main({list(command)!r}) == 2\n"
        "print(seen, 'torch' in sys.modules, os.environ.get('GOMP_SPINCOUNT'), file=sys.stderr)"
    )
    for asked, count in (({}, "10000"), ({"GOMP_SPINCOUNT": "5"}, "5"), ({"OMP_WAIT_POLICY": "ACTIVE"}, None)):
        given = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
        environment = {**given, "PYTHONPATH": str(ROOT), **asked}
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment
        )
        assert done.stderr.splitlines()[-1] == f"[False] True {count}", done.stderr


def test_standard_output_that_takes_nothing_is_told(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Pipe
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", io.TextIOWrapper(Full()))
        code = colorize("old/0.png", "--out", "-")
    assert code == 2 and b"standard output cannot be written: No space left" in capsysbinary.readouterr().err


def test_pictures_after_the_first_are_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pages = [shown("old/0.png"), shown("old/1.png")]
    pages[0].save("old/film.gif", save_all=True, append_images=pages[1:])
    pages[0].save("old/album.tif", save_all=True, append_images=pages[1:])
    assert colorize("old", "--out", "new") == 0
    assert "2 of 4 files hold several pictures, of which the first was coloured" in capsys.readouterr().err


def test_size_that_is_not_taken_leaves_one_photograph_out_and_is_an_error_where_it_is_all_of_them(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SPEC.replace(" where H % 4 == 0, W % 4 == 0", "").replace("H, W", "32, 32")
    text = text.replace("crop = 16", "crop = 32").replace("sizes = 20", "sizes = 32")
    (place / "small.cdsl").write_text(text)
    assert main(["train", "small.cdsl", "--photos", "old", "--out", "small"]) == 0
    photographs(place / "large", 1)
    shown("large/0.png").resize((200, 100)).save("old/wide.png")
    capsys.readouterr()
    small = ("--checkpoint", "small")
    assert colorize("old", "--out", "new", "--size", "full", network=small) == 2
    said = capsys.readouterr()
    assert said.out.split() == ["new/0.png", "new/1.png"]
    assert "left out old/wide.png: the network takes no picture of 100x200 pixels" in said.err
    assert colorize("old/wide.png", "--out", "newer", "--size", "full", network=small) == 2
    said = capsys.readouterr()
    assert "= accepted: " in said.err and "--size N" in said.err and said.out == ""


def test_memory_that_is_not_enough_is_told_with_a_way_out(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*given: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 10 bytes")

    monkeypatch.setattr(predict, "colour", full)
    assert colorize("old/0.png", "--out", "new", "--size", "full") == 2
    said = capsys.readouterr().err
    assert "not enough memory" in said and "`--tile`" in said and not (place / "new").exists()


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("old", "--out", "new", "--quality", "0"), "a quality of 0 is none"),
        (("old", "--out", "new", "--quality", "9", "--format", "png"), "has no quality"),
        (("old", "--out", "new", "--depth", "16"), "16 bits are written as PNG only"),
        (("old", "--out", "new", "--depth", "12"), "invalid choice: 12"),
        (("old", "--out", "new", "--size", "big"), "`big` is not a number of pixels, or full"),
        (("--out", "new", "--tile", "old/0.png"), "photographs go before it"),
        (("old",), "nothing says where the results go"),
        (("old", "--out", "new", "--force", "--skip-existing"), "give one of them"),
        (("old", "--out", "new", "--device", "gpu"), "no device `gpu` here"),
        (("old", "--out", "new", "--onnx", "net.onnx"), "`--onnx` and `--checkpoint` are two"),
        (("old", "--out", "new", "--tile", "0"), "is not a number of pixels"),
    ],
)
def test_mistake_is_a_sentence(
    place: Path, words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert colorize(*words) == 2
    said = capsys.readouterr().err
    assert sentence in said and "Traceback" not in said and not (place / "new").exists()


def test_folder_of_a_run_in_place_of_an_onnx_file_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert colorize("old", "--out", "new", network=("--onnx", "run")) == 2
    assert "there is no ONNX file `run`" in capsys.readouterr().err


def test_network_that_is_not_named_is_asked_for(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert colorize("old", "--out", "new", network=()) == 2
    assert "nothing says which network colours" in capsys.readouterr().err


def test_from_python_is_the_same(place: Path) -> None:
    done = convdsl.colorize("run", "old/*.png", "new", tile=16, format="jpeg", quality=90, compare=True)
    assert [str(path) for path in done.written] == ["new/0.jpg", "new/1.jpg"]
    assert Path("new/0.compare.jpg").exists()
    with pytest.raises(convdsl.MistakeError, match="there is no format"):
        convdsl.colorize("run", "old", "newer", format="gif")


def commands() -> list[str]:
    page = (ROOT / "docs" / "colorizing.md").read_text("utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_commands_of_the_page_run_as_they_are_written(
    place: Path, trained: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: Pipe
) -> None:
    """One after the other, in a folder that has what the page speaks of: `out/demo/run`, `old/`, a scan, a spec."""
    shutil.copytree(trained, "out/demo/run")
    (place / "specs").mkdir()
    (place / "specs/demo.cdsl").write_text(SPEC)
    photographs(place / "old/1911")
    for name in ("old/yard.jpg", "yard.jpg"):
        shown("old/0.png").convert("L").save(name)
    assert len(commands()) >= 6
    for line in commands():
        words, places = [], {"<": "", ">": ""}
        parts = iter(shlex.split(line)[1:])
        for word in parts:
            if word in places:
                places[word] = next(parts)
            else:
                words.append(word)
        given = Path(places["<"]).read_bytes() if places["<"] else b""
        code, out, err = piped(words, given, monkeypatch, capsysbinary)
        assert code == 0, (line, err)
        if places[">"]:
            Path(places[">"]).write_bytes(out)
            assert shown(places[">"]).mode == "RGB"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("words", [(), ("--tile",)], ids=["whole", "tiles"])
def test_twelve_megapixels_take_less_than_500_megabytes(tmp_path: Path, words: tuple[str, ...]) -> None:
    """The demo's network in a process of its own: the most that has been resident, VmHWM."""
    place = str(tmp_path)
    recipe = ["--set", "steps=1", "--set", "batch=2", "--set", "sizes=100", "--threads", "1"]
    large = ROOT / "specs" / "photos" / "large" / "aitzgorri-autumn-meadow.jpg"
    shown(large).resize((4000, 3000)).save(tmp_path / "12mp.jpg", quality=95)
    spec = str(ROOT / "specs" / "demo.cdsl")
    assert main(["train", spec, "--photos", str(large.parent), "--out", f"{place}/run", *recipe]) == 0
    line = ["colorize", f"{place}/12mp.jpg", "--checkpoint", f"{place}/run", "--out", f"{place}/out", *words]
    program = (
        "import sys\nfrom convdsl.cli.main import main\nassert main(sys.argv[1:]) == 0\n"
        "print(next(row.split()[1] for row in open('/proc/self/status') if row.startswith('VmHWM')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", program, *line, "--threads", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert int(done.stdout.split()[-1]) * 1024 < 500_000_000
    assert shown(tmp_path / "out" / "12mp.jpg").size == (4000, 3000)
