"""The word that was probably meant: a misspelling's neighbour, found in a time that a hostile file cannot stretch.

`difflib` compares every pair of words letter by letter; a file may name 100,000 things, each a page long.
"""

from collections.abc import Iterable

LONGEST = 60  # letters; nobody misspells a longer word by accident
MOST_COMPARED = 200  # in full, of those with the same first letter, and as many of the others


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that is most like `word`, None where none is near.

    cutoff: 0 to 1, the least share of letters in common: twice the matches over both lengths, as `difflib` counts.
    """
    if not word or len(word) > LONGEST:
        return None
    # no more letters can match than the shorter word has: difflib's own first bound
    shortest, longest = cutoff * len(word) / (2 - cutoff) - 1e-6, (2 - cutoff) * len(word) / cutoff + 1e-6
    alike: list[str] = []
    others: list[str] = []
    first, folded = word[0], word.lower()
    same: str | None = None
    for name in known:
        if shortest <= len(name) <= longest:
            group = alike if name[0] == first else others
            if len(group) < MOST_COMPARED:
                group.append(name)
            if same is None and len(name) == len(word) and name.lower() == folded:
                same = name
    if same is not None:
        return same
    # only a mistake pays for it
    from difflib import get_close_matches

    close = get_close_matches(word, alike + others, n=1, cutoff=cutoff)
    return close[0] if close else None
