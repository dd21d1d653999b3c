"""Whether two values of a parameter are the same, layers that were handed over among them."""

from convdsl.graph.bind import Arguments, LayerValue


def is_same(one: object, two: object) -> bool:
    """Tell whether two values of a parameter are the same; layers are where target and arguments are."""
    if not isinstance(one, LayerValue) or not isinstance(two, LayerValue):
        return type(one) is type(two) and one == two
    return one.target is two.target and _is_like(one.arguments, two.arguments)


def _is_like(one: Arguments, two: Arguments) -> bool:
    if len(one.positional) != len(two.positional) or one.keywords.keys() != two.keywords.keys():
        return False
    pairs = (
        *zip(one.positional, two.positional, strict=True),
        *((one.keywords[k], two.keywords[k]) for k in one.keywords),
    )
    return all(is_same(left.value, right.value) for left, right in pairs)
