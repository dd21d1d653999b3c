"""Text as TeX prints it: plain ASCII, every special character escaped, no ligatures, symbols from math."""

import re
from unicodedata import normalize


def _table(pairs: str) -> dict[str, str]:
    """Read characters and what stands for them, in turn."""
    words = pairs.split()
    return dict(zip(words[::2], words[1::2], strict=True))


# an empty group after a character keeps TeX from making a ligature of it and the next
ESCAPES = _table(r"""
    $ \$  & \&  # \#  % \%  _ \_  ^ \textasciicircum{}  ~ \textasciitilde{}
    " ''{}  ' '{}  ` `{}  - -{}  , ,{}  ? ?{}  ! !{}
""")
MATH = _table(r"""
    \ \backslash  { \lbrace  } \rbrace  < <  > >  | |
    × \times  → \rightarrow  ← \leftarrow  ↑ \uparrow  ↓ \downarrow  · \cdot  − -  ± \pm  ÷ \div  √ \surd  ∝ \propto
    ∞ \infty  ⌈ \lceil  ⌉ \rceil  ⌊ \lfloor  ⌋ \rfloor  ≤ \leq  ≥ \geq  ≠ \neq  ≈ \approx  ∈ \in  ° ^\circ  ¹ ^1
    ² ^2  ³ ^3  Σ \Sigma  Δ \Delta  Ω \Omega  Γ \Gamma  Θ \Theta  Λ \Lambda  Π \Pi  Φ \Phi  α \alpha  β \beta
    γ \gamma  δ \delta  ε \varepsilon  θ \theta  λ \lambda  μ \mu  µ \mu  π \pi  σ \sigma  φ \varphi  ω \omega
""")
WORDS = _table(r"""
    … \ldots{}  – --  — ---  ‘ \textquoteleft{}  ’ \textquoteright{}  “ \textquotedblleft{}  ” \textquotedblright{}
    ß \ss{}  æ \ae{}  Æ \AE{}  ø \o{}  Ø \O{}  œ \oe{}  Œ \OE{}  ł \l{}  Ł \L{}  ı \i{}  § \S{}  © \copyright{}
""")
# combining marks by their code
ACCENTS = _table("300 `  301 '  302 ^  303 ~  308 \"  30a r  30c v  304 =  306 u  307 .  30b H  327 c  323 d")


def escape_tex(text: str) -> str:
    """Write text so that TeX prints it as it is; what its usual fonts do not have is a question mark."""
    return "".join(map(_char, re.sub(r"\s+", " ", text)))


def _char(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    if char in MATH:
        return f"\\ensuremath{{{MATH[char]}}}"
    if " " <= char <= "~":
        return char
    if char in WORDS:
        return WORDS[char]
    parts = normalize("NFD", char)
    base, marks = parts[0], parts[1:]
    accent = ACCENTS.get(f"{ord(marks):x}") if len(marks) == 1 else None
    return f"\\{accent}{{{base}}}" if accent and base.isascii() and base.isalpha() else ESCAPES["?"]
