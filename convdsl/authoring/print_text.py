"""Print a canonical tree in the text spelling.

What is printed follows from the tree alone: one statement a line, norms and activations behind their layer as long as
they fit, longer lines broken at arrows and inside parentheses.
"""

from collections.abc import Sequence

from convdsl.authoring.callees import SUM, Callee, Callees, Layers, attaches, names_of, splits
from convdsl.authoring.print_expression import expression
from convdsl.authoring.wrap import INDENT, WIDTH, wrapped
from convdsl.syntax import tree
from convdsl.syntax.build_statement import LINE_WORDS
from convdsl.syntax.tokens import comment_line

Names = frozenset[str]


def print_text(file: tree.File) -> str:
    """Return the text of a canonical tree; it ends in one newline."""
    printer = _Printer(Callees(file))
    printer.above(file.comments, 0)
    printer.add(f"convdsl {1 if file.edition is None else file.edition}", file.comments, 0)
    for item in file.items:
        printer.item(item)
    if file.tail:
        printer.lines.append("")
        printer.comments(file.tail, 0)
    return "\n".join(printer.lines) + "\n"


class _Printer:
    """Collects the lines of one file."""

    def __init__(self, callees: Callees) -> None:
        self.lines: list[str] = []
        self.callees = callees
        self.layers: Layers | None = None

    # ------------------------------------------------------ lines and comments

    def comments(self, lines: Sequence[str], depth: int) -> None:
        """Add comments, a line each, and the blank lines among them."""
        indent = INDENT * depth
        self.lines.extend("" if line == tree.BLANK else indent + comment_line(line) for line in lines)

    def above(self, comments: tree.Comments, depth: int) -> None:
        """Add what stands above a statement."""
        if comments.blank_before:
            self.lines.append("")
        if comments.above:
            self.comments(comments.above, depth)

    def add(self, code: str | list[str], comments: tree.Comments, depth: int) -> None:
        """Add a statement, or its first line; the comment goes behind it."""
        lines = [code] if isinstance(code, str) else code
        indent = INDENT * depth
        behind = "" if comments.trailing is None else f"  {comment_line(comments.trailing)}"
        self.lines.extend(indent + line for line in lines[:-1])
        self.lines.append(f"{indent}{lines[-1]}{behind}")

    # ------------------------------------------------------------------ items

    def item(self, item: tree.Item) -> None:
        """Add an import, a block, the model or the train section."""
        self.above(item.comments, 0)
        match item:
            case tree.Import(path=path, names=names):
                self.add(f"from {expression(path)} import {', '.join(names)}", item.comments, 0)
            case tree.Block() | tree.Model():
                self.layers = Layers(item, self.callees)
                word = "block" if isinstance(item, tree.Block) else "model"
                head = _signature(f"{word} {item.name}", item.parameters)
                self.braced(head, item.body, item.comments, 0, frozenset(names_of(item)))
            case tree.Train(settings=settings, tail=tail):
                if not settings and not tail:
                    self.add("train {}", item.comments, 0)
                    return
                self.add("train {", item.comments, 0)
                for setting in settings:
                    self.above(setting.comments, 1)
                    self.add(wrapped(f"{setting.name} = ", setting.value, "", 1), setting.comments, 1)
                self.comments(tail, 1)
                self.lines.append("}")

    def braced(
        self, head: list[str], body: tree.Body, comments: tree.Comments, depth: int, names: Names, end: str = ""
    ) -> None:
        """Add a statement that has a body; `head` lacks the brace, `end` follows the closing one."""
        *rest, last = head
        if not body.statements and not body.tail:
            self.add([*rest, f"{last}{{}}{end}"], comments, depth)
            return
        self.add([*rest, f"{last}{{"], comments, depth)
        self.body(body, depth + 1, names)
        self.lines.append(f"{INDENT * depth}}}{end}")

    def body(self, body: tree.Body, depth: int, names: Names) -> None:
        """Add the statements of a body; calls go on the line above them where that is usual and there is room."""
        before: Callee | None = None  # the last call of the line above, if a call may follow it there
        for statement in body.statements:
            if not isinstance(statement, tree.Flow) or isinstance(statement.source, tree.Body):
                before = None
                self.above(statement.comments, depth)
                self.statement(statement, depth, names)
                continue
            code = self.flow(statement, depth, names)
            if before is None or len(code) > 1 or not self.joins(before, statement, code[0], names):
                self.above(statement.comments, depth)
                self.add(code, statement.comments, depth)
            else:
                behind = "" if statement.comments.trailing is None else f"  {comment_line(statement.comments.trailing)}"
                self.lines[-1] += f" -> {code[0]}{behind}"
            before = self.last_call(statement) if len(code) == 1 else None
        self.comments(body.tail, depth)

    def joins(self, before: Callee, flow: tree.Flow, code: str, names: Names) -> bool:
        """Tell whether a line goes behind the one above it."""
        call, comments = flow.source, flow.comments
        if not isinstance(call, tree.Call) or flow.targets or comments.above or comments.blank_before:
            return False
        assert self.layers is not None
        callee = self.layers.find(call.callee)
        fits = len(self.lines[-1]) + len(" -> ") + len(code) <= WIDTH
        return fits and attaches(call, callee, names) and splits(before, call, callee, names)

    def last_call(self, flow: tree.Flow) -> Callee | None:
        """Return what an unnamed line ends with, None where nothing may follow it on its line."""
        if flow.targets or flow.promise is not None or flow.comments.trailing is not None:
            return None
        last = flow.calls[-1] if flow.calls else flow.source
        assert self.layers is not None
        return self.layers.find(last.callee) if isinstance(last, tree.Call) else SUM

    def flow(self, flow: tree.Flow, depth: int, names: Names) -> list[str]:
        """Print a line of calls, in several where it is too long."""
        assert not isinstance(flow.source, tree.Body)
        links = [] if flow.source is None else [flow.source]
        targets = _targets(flow)
        lines = self.chain(targets, [*links, *flow.calls], _promise(flow), depth, names)
        word = _first_word(flow.source)
        if not targets and word in LINE_WORDS:  # a value of such a name begins no line without parentheses
            lines[0] = f"({word}){lines[0].removeprefix(word)}"
        return lines

    def chain(
        self, head: str, links: "Sequence[tree.Expr | tree.Values]", tail: str, depth: int, names: Names
    ) -> list[str]:
        """Print links with arrows between them: on one line, or with a line for each call that may begin one."""
        flat = f"{head}{' -> '.join(map(expression, links))}{tail}"
        if len(INDENT) * depth + len(flat) <= WIDTH:
            return [flat]
        assert self.layers is not None
        lines: list[str] = []
        for at, link in enumerate(links):
            end = tail if at == len(links) - 1 else ""
            if not at:
                lines.extend(wrapped(head, link, end, depth))
                continue
            flat = f" -> {expression(link)}{end}"
            fits = len(INDENT) * depth + len(lines[-1]) + len(flat) <= WIDTH
            if fits and isinstance(link, tree.Call) and attaches(link, self.layers.find(link.callee), names):
                lines[-1] += flat
            else:
                lines.extend(INDENT + line for line in wrapped("-> ", link, end, depth + 1))
        return lines

    # ------------------------------------------------------------- statements

    def statement(self, statement: tree.Statement, depth: int, names: Names) -> None:
        """Add a statement that is no line of calls."""
        comments = statement.comments
        match statement:
            case tree.Flow(source=tree.Body() as body):
                key = "" if statement.key is None else f" as {expression(statement.key)}"
                calls = "".join(f" -> {expression(call)}" for call in statement.calls)
                self.braced([_targets(statement)], body, comments, depth, names, f"{key}{calls}{_promise(statement)}")
            case tree.Repeat(count=count, body=body):
                self.braced([f"repeat {expression(count)} "], body, comments, depth, names)
            case tree.For(variable=variable, iterable=iterable, body=body):
                head = wrapped(f"for {variable} in ", iterable, " ", depth)
                self.braced(head, body, comments, depth, names | {variable})
            case tree.If():
                self.if_(statement, depth, names)
            case tree.LayerDeclaration(name=name, calls=calls, body=body):
                if body is not None:
                    self.braced([f"layer {name} = "], body, comments, depth, names)
                else:
                    self.add(self.chain(f"layer {name} = ", calls, "", depth, names), comments, depth)
            case tree.Default(call=call):
                self.add(wrapped("default ", call, "", depth), comments, depth)
            case tree.Input() | tree.Output():
                self.add(_tensor(statement), comments, depth)
            case tree.Expect(conditions=conditions):
                self.add(f"expect {', '.join(map(expression, conditions))}", comments, depth)

    def if_(self, statement: tree.If, depth: int, names: Names) -> None:
        """Add an `if` with its `else if` and `else`."""
        indent = INDENT * depth
        self.add(f"if {expression(statement.condition)} {{", statement.comments, depth)
        self.body(statement.body, depth + 1, names)
        orelse = statement.orelse
        while orelse is not None:
            following = _else_if(orelse)
            if following is None:
                self.lines.append(f"{indent}}} else {{")
                self.body(orelse, depth + 1, names)
                break
            self.lines.append(f"{indent}}} else if {expression(following.condition)} {{")
            self.body(following.body, depth + 1, names)
            orelse = following.orelse
        self.lines.append(f"{indent}}}")


def _else_if(body: tree.Body) -> tree.If | None:
    """Return the `if` that a body is, where `else if` says all of it."""
    if len(body.statements) != 1 or body.tail:
        return None
    only = body.statements[0]
    return only if isinstance(only, tree.If) and only.comments == tree.NO_COMMENTS else None


def _signature(head: str, parameters: tuple[tree.Parameter, ...]) -> list[str]:
    """Print the head of a block or model, without its brace."""
    if not parameters:
        return [f"{head} "]
    printed = [
        f"{one.name}: {one.kind}" + ("" if one.default is None else f" = {expression(one.default)}")
        for one in parameters
    ]
    flat = f"{head}({', '.join(printed)}) "
    if len(flat) < WIDTH:
        return [flat]
    lines = [f"{head}("]
    for at, one in enumerate(parameters):
        comma = "," if at < len(parameters) - 1 else ""
        if one.default is None:
            lines.append(f"{INDENT}{one.name}: {one.kind}{comma}")
        else:
            inner = wrapped(f"{one.name}: {one.kind} = ", one.default, comma, 1)
            lines.extend(INDENT + line for line in inner)
    return [*lines, ") "]


def _tensor(statement: tree.Input | tree.Output) -> str:
    """Print an `input` or `output` line."""
    shape, means = expression(statement.shape), statement.means
    meaning = "" if means is None else f" means {expression(means)}"
    if isinstance(statement, tree.Output):
        return f"output {statement.name}: {shape}{meaning}"
    default = "" if statement.default is None else f" = {expression(statement.default)}"
    where = f" where {', '.join(map(expression, statement.where))}" if statement.where else ""
    return f"input {statement.name}: {shape}{default}{meaning}{where}"


def _targets(flow: tree.Flow) -> str:
    return f"{', '.join(map(expression, flow.targets))} = " if flow.targets else ""


def _promise(flow: tree.Flow) -> str:
    return "" if flow.promise is None else f" : {expression(flow.promise)}"


def _first_word(source: object) -> str:
    """Return the word that a line without targets begins with, "" where it is no lower-case word."""
    while True:
        match source:
            case tree.Name(id=word) | tree.Call(callee=word):
                return word
            case tree.Binary(left=inner) | tree.Index(base=inner) | tree.Attribute(base=inner):
                source = inner
            case _:
                return ""
