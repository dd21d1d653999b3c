"""The JSON contract: fields by the schema, numbers by hand."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from convdsl import api, codes
from convdsl.analysis.geometry import Field
from convdsl.analysis.reach import PIXEL, step_of
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.op import AxisMap, NoGrid
from convdsl.ops.conv2d import Conv2d
from convdsl.ops.max_pool2d import MaxPool2d
from convdsl.render.json_report import Checked, check_report, report
from convdsl.source import Source, Span
from tests.render.networks import Draft, network6
from tests.render.schema import breaches

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "show.schema.json").read_text("utf-8"))


def test_report_of_network6_has_the_published_numbers_and_fits_the_schema():
    out = report(network6().network(), {"H": 256, "W": 256})
    assert not list(breaches(out, SCHEMA, SCHEMA))
    assert json.loads(json.dumps(out)) == out
    # 3,643,514 parameters and 1.656 GMAC are on the page on networks; batch norms of 32 + 64 + 128 + 256 * 3 channels
    # down and 128 + 64 + 32 up hold 2 * 1216 + 9 numbers besides
    assert (out["parameters"], out["buffers"]) == (3_643_514, 2 * 1216 + 9)
    assert round(out["macs"] / 1e9, 3) == 1.656
    assert out["outputs"][0]["shape"] == [1, 2, 256, 256]


def test_report_without_sizes_is_symbolic_and_counts_no_macs():
    out = report(network6().network())
    assert not list(breaches(out, SCHEMA, SCHEMA))
    assert out["macs"] is None
    layer = next(layer for layer in out["layers"] if layer["name"] == "conv4")
    assert layer["output"] == ["N", 256, "H / 16", "W / 16"]
    assert layer["weights"] == {"conv4.weight": [256, 128, 4, 4], "conv4.bias": [256]}
    assert layer["inputs"] == ["conv3_relu"]
    assert layer["arguments"]["kernel_size"] == [4, 4]
    assert layer["arguments"]["bias"] is True
    assert (layer["parameters"], layer["macs"]) == (128 * 256 * 16 + 256, None)
    assert out["legal_sizes"]["H"] == {
        "text": "H % 16 == 0, H >= 16",
        "finite": [],
        "from": 16,
        "period": 16,
        "residues": [0],
    }
    assert out["legal_sizes"]["joint"] is None


def test_report_when_a_pool_has_no_stride_gives_the_effective_one():
    draft = Draft()
    draft.output("y", draft.call(MaxPool2d((2, 2)), draft.input("x", 1)))
    assert report(draft.network())["layers"][0]["arguments"]["stride"] == [2, 2]


def test_report_of_a_receptive_field_gives_numbers_lists_or_null():
    draft = Draft()
    x = draft.call(Conv2d(1, (3, 3)), draft.input("x", 1))
    y = draft.call(Conv2d(1, (3, 5)), x)
    draft.output("y", draft.call(MaxPool2d((2, 2)), y))
    pixel = Field(PIXEL, PIXEL)
    same = pixel.through(step_of(AxisMap(start=Fraction(1), taps=range(3))))
    half = pixel.through(step_of(AxisMap(Fraction(1, 2), Fraction(1), range(4))))  # of phases that nobody told
    fields = (None, (same, same), (same, half), (NoGrid.WHOLE, same))
    network = replace(draft.network(), fields=fields)
    out = report(network)
    assert not list(breaches(out, SCHEMA, SCHEMA))
    assert [layer["receptive_field"] for layer in out["layers"]] == [
        {"size": 3, "jump": 1, "start": 1, "smallest": 3, "approximate": False},
        # 4 cells and half a cell more on either side: from -1 to 3 around 1
        {"size": [3, 5], "jump": [1, 0.5], "start": 1, "smallest": [3, 5], "approximate": [False, True]},
        None,
    ]
    assert [layer["sees"] for layer in out["layers"]] == ["field", "field", ["whole", "field"]]


def test_report_of_a_finding_gives_places_from_one_and_its_edits():
    source = Source("a.cdsl", "convdsl 1\nx = Conv2d(8)\n")
    call = Span(14, 23)
    finding = Diagnostic(
        codes.MISSING_ARGUMENT,
        "`kernel_size` is missing",
        Label(call, "here"),
        notes=("Conv2d(out_channels, kernel_size)",),
        helps=(Help("add it", (Edit(Span(22, 22), ", 3"),), safe=False),),
    )
    out = check_report([Checked("a.cdsl", None, [finding], (source,))])
    (entry,) = out["diagnostics"]
    assert not list(breaches(entry, SCHEMA["$defs"]["diagnostic"], SCHEMA))
    place = {"file": "a.cdsl", "line": 2, "column": 5, "end_line": 2, "end_column": 14}
    assert {name: entry[name] for name in place} == place
    assert entry["labels"] == [{**place, "text": "here"}]
    assert entry["helps"][0]["edits"] == [{**place, "column": 13, "end_column": 13, "replacement": ", 3"}]
    assert (entry["code"], entry["name"], entry["severity"]) == ("E112", "missing-argument", "error")
    assert out["legal_sizes"] is None
    assert out["files"][0]["model"] is None


def test_report_of_a_network_with_an_unknown_shape_has_nulls():
    draft = Draft()
    x = draft.input("x", 1)
    draft.output("y", draft.call(Conv2d(1, (3, 3)), x))
    draft.graph.nodes[-1].shapes = None
    out = report(draft.network(), {"H": 8, "W": 8})
    assert not list(breaches(out, SCHEMA, SCHEMA))
    assert (out["macs"], out["layers"][0]["output"]) == (None, None)


def test_breaches_when_a_field_is_missing_wrong_or_new_tells():
    good = report(network6().network())
    for bad in (
        {**good, "version": 2},
        {**good, "new": 1},
        {**good, "model": 3},
        {k: good[k] for k in good if k != "macs"},
    ):
        assert list(breaches(bad, SCHEMA, SCHEMA))


def test_report_at_a_size_has_the_memory_of_a_run_a_step_and_each_layer() -> None:
    spec = """convdsl 1
model A {
  input x: [N, 1, H, W]
  c = Conv2d(8, 3, padding=1) -> ReLU()
  y = Conv2d(2, 1)
  output y: [N, 2, H, W]
}
"""
    found = api.report(spec, 32, batch=2)
    assert list(breaches(found, SCHEMA, SCHEMA)) == []
    plane = 2 * 32 * 32 * 4
    assert [layer["memory"] for layer in found["layers"]] == [8 * plane, 0, 2 * plane]
    weights = (8 * 9 + 8 + 8 * 2 + 2) * 4
    assert found["memory"] == {
        "batch": 2,
        "dtype": "float32",
        "inference": 11 * plane,
        "held_by": {"x": plane, "c.0": 8 * plane, "y": 2 * plane},
        "training": {
            "total": 4 * weights + 27 * plane,
            "parameters": weights,
            "buffers": 0,
            "gradients": weights,
            "optimizer": 2 * weights,
            "saved": 9 * plane,
            "passing": 18 * plane,  # y, and the gradients before and behind ReLU
            "discriminator": 0,
        },
    }
    assert api.report(spec)["memory"] is None
