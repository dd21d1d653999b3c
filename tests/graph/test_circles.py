"""Blocks that lead to each other, against reachability by definition."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.graph.circles import circles

NAMES = "abcdefgh"
GRAPHS = st.fixed_dictionaries({name: st.frozensets(st.sampled_from(NAMES), max_size=3) for name in NAMES})


def reached(graph: dict[str, frozenset[str]], start: str) -> set[str]:
    out, todo = {start}, [start]
    while todo:
        for one in graph[todo.pop()]:
            if one not in out:
                out.add(one)
                todo.append(one)
    return out


@given(GRAPHS)
@settings(max_examples=200, deadline=None)
def test_law_two_names_have_one_number_exactly_where_each_leads_to_the_other(graph: dict[str, frozenset[str]]) -> None:
    found = circles(graph, graph.__getitem__)
    for a in NAMES:
        for b in NAMES:
            assert (found[a] == found[b]) == (b in reached(graph, a) and a in reached(graph, b))


def test_circles_of_a_long_row_are_found_without_recursion() -> None:
    names = [str(i) for i in range(50_000)]
    after = dict(pairwise(names))
    found = circles(names, lambda name: (after[name],) if name in after else ())
    assert len(set(found.values())) == len(names)
