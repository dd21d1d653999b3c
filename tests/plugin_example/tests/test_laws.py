"""The layer and the rule keep convdsl's laws."""

from convdsl_example.late_layer_scale import LateLayerScale
from convdsl_example.layer_scale import LayerScale

from convdsl.testing import check_op, check_rule


def test_layer_scale_keeps_the_laws_of_operators() -> None:
    check_op(LayerScale, examples=30)


def test_late_layer_scale_keeps_the_laws_of_rules() -> None:
    check_rule(LateLayerScale)
