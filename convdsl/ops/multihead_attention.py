"""MultiheadAttention."""

from math import prod
from typing import final

from convdsl.argument import INT, Invalid, arg, optional
from convdsl.op import Equal, Guard, Module, NoGrid, Op, ProductEquals, Reading, Weights
from convdsl.ops.agreement import require_equal
from convdsl.ops.channels import require_groups
from convdsl.ops.plan import arguments
from convdsl.record import dataclass, replace
from convdsl.saved import Kept, Saved
from convdsl.shape import Product, Shape
from convdsl.sizes import constant


@final
@dataclass(frozen=True, slots=True)
class MultiheadAttention(Op):
    """Let every place of a sequence [N, length, numbers] read every other one, in several ways at once.

    One value attends to itself; `(query, memory) -> …` reads another one; `(query, key, value) -> …` says all three.
    An image becomes a sequence by Flatten(2) and Permute((0, 2, 1)).

    Source: PyTorch, torch.nn.MultiheadAttention; Vaswani et al. 2017 (arXiv:1706.03762), section 3.2.
    Formula: softmax(query * key / sqrt(embed_dim / num_heads)) * value, then a projection; in each head
    Example: [N, 64, 128] -> MultiheadAttention(128, 8, batch_first=true) -> [N, 64, 128]
    Picture: [N, 5, 4] -> MultiheadAttention(4, 2, batch_first=true) -> [N, 5, 4]
    """

    rank = 3
    category = "dense"
    takes = (1, 3)

    embed_dim: int = arg("numbers of each place of the query and of the output", min=1)
    num_heads: int = arg("ways of reading; they divide embed_dim", min=1)
    dropout: float = arg("probability of a share's being set to 0 while training", default=0.0, min=0, max=1)
    bias: bool = arg("whether learned numbers are added to projections and output", default=True)
    add_bias_kv: bool = arg("whether a learned place is added to keys and values", default=False)
    add_zero_attn: bool = arg("whether a place of zeros is added to keys and values", default=False)
    kdim: int | None = arg("numbers of each place of the key; none: embed_dim", default=None, min=1, kind=optional(INT))
    vdim: int | None = arg(
        "numbers of each place of the value; none: embed_dim", default=None, min=1, kind=optional(INT)
    )
    batch_first: bool = arg("true: the first axis is the batch, as everywhere in a spec", default=False)

    def check(self) -> None:
        if not self.batch_first:
            raise Invalid(
                "batch_first",
                "PyTorch's default takes the first axis for the sequence, and would mix the images of a batch",
                "write batch_first=true",
            )
        require_groups(self.num_heads, self.embed_dim, "numbers (embed_dim)", "num_heads")

    def _three(self, inputs: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape]:
        return inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]

    def _guards(self, inputs: tuple[Shape, ...]) -> tuple[Guard, ...]:
        query, key, value = self._three(inputs)
        wanted = (("embed_dim", self.embed_dim), ("kdim", self.kdim), ("vdim", self.vdim))
        found: list[Guard | None] = []
        for x, (name, width) in zip((query, key, value), wanted, strict=True):
            axis, count = x.axes[2], self.embed_dim if width is None else width
            if isinstance(axis, Product):
                found.append(ProductEquals(axis, count))
            elif axis.value is None:
                found.append(Equal(axis, constant(count), 2))
            elif axis.value != count:
                raise Invalid(
                    name,
                    f"each place has {axis} numbers, not {count}: {x}",
                    "give the size of the last axis; Permute((0, 2, 1)) exchanges the last two",
                    "E207",
                )
        found += [require_equal(query.axes[0], other.axes[0], 0, 3) for other in (key, value)]
        found.append(require_equal(key.axes[1], value.axes[1], 1, 3, "keys and values are as many as each other"))
        return tuple(guard for guard in found if guard is not None)

    def shape(self, *inputs: Shape) -> Shape:
        self._guards(inputs)
        return inputs[0]

    def guards(self, *inputs: Shape) -> tuple[Guard, ...]:
        return self._guards(inputs)

    @property
    def _widths(self) -> tuple[int, int]:
        kdim = self.embed_dim if self.kdim is None else self.kdim
        return kdim, self.embed_dim if self.vdim is None else self.vdim

    def weights(self, *inputs: Shape) -> Weights:
        width, (kdim, vdim) = self.embed_dim, self._widths
        out: dict[str, tuple[int, ...]] = {}
        if kdim == vdim == width:
            out["in_proj_weight"] = (3 * width, width)
        else:
            out |= {"q_proj_weight": (width, width), "k_proj_weight": (width, kdim), "v_proj_weight": (width, vdim)}
        if self.bias:
            out["in_proj_bias"] = (3 * width,)
        if self.add_bias_kv:
            out |= {"bias_k": (1, 1, width), "bias_v": (1, 1, width)}
        out["out_proj.weight"] = (width, width)
        return {**out, "out_proj.bias": (width,)} if self.bias else out

    def macs(self, *inputs: Shape) -> int:
        """Count the four projections, and every place's products with every place for shares and for values."""
        query, key, _ = self._three(inputs)
        batch, length, width = query.numbers
        places, (kdim, vdim) = key.numbers[1], self._widths
        read = places + self.add_bias_kv + self.add_zero_attn
        return batch * width * (2 * length * width + places * (kdim + vdim) + 2 * length * read)

    def axes(self, *inputs: Shape) -> tuple[Reading, ...]:
        return (NoGrid.WHOLE,)

    def saved(self, learns: tuple[bool, ...], *inputs: Shape) -> Saved:
        """Keep what goes into each product: inputs, projections, shares, and what is read.

        PyTorch takes the batch for the second axis, which copies the inputs unless one of the two axes is 1. Without
        dropout the shares are not kept, only the sum of each row of them. Three inputs are taken for three values.
        """
        three, read = self._three(inputs), len(inputs)
        (batch, length, width), places = three[0].numbers, three[1].numbers[1]
        packed, extra = set(self._widths) == {width}, self.add_bias_kv + self.add_zero_attn
        copied = [i for i, x in enumerate(inputs) if batch > 1 and x.numbers[1] > 1]
        again = () if packed else {1: (0, 0), 2: (1,), 3: ()}[read]  # each projection copies its input anew
        others = [prod(inputs[i].numbers) for i in (*copied, *again) if i in copied]
        query, key = batch * length * width, batch * places * width
        longer, square = batch * (places + extra) * width, batch * self.num_heads * length * (places + extra)
        # values that are projected at once, from one input, lie in one tensor
        together = [3 * query] if read == 1 and packed else [query, 2 * key] if read == 2 and packed else []
        if self.dropout > 0:
            others += [query, longer, query]  # scaled queries and keys, and what is read
            others += [square, square, 1 if self.dropout == 1 else square]  # shares before and after dropout, its mask
            others.append(longer if extra or not together else together[-1])
        else:
            others += [query, batch * self.num_heads * length]  # what is read, and the sums
            if extra:
                others += [3 * query if read == 1 and packed else query, longer, longer]
            else:
                others += together or [query, key, key]
        return Saved(
            inputs=tuple(i for i in range(read) if i not in copied), others=tuple(Kept(count) for count in others)
        )

    def scratch(self, *inputs: Shape) -> tuple[Kept, ...]:
        return replace(self, dropout=0.0).saved((True,) * len(inputs), *inputs).others

    def call(self, *inputs: Shape) -> Module:
        key, value = min(1, len(inputs) - 1), len(inputs) - 1
        applied = f"{{module}}({{0}}, {{{key}}}, {{{value}}}, need_weights=False)[0]"
        return Module("torch.nn.MultiheadAttention", arguments(self), applied=applied)
