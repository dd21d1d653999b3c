"""Ugly specs and what `fmt` makes of them, written by hand from the rules of the canonical form.

Each pair is a name, the text as somebody wrote it, and the text as it has to be. The parts that no pair is about are
kept short: a `body` is put into a model of one input, whose edges are canonical already.
"""

from textwrap import dedent


def body(written: str, wanted: str) -> tuple[str, str]:
    """Put two bodies into the same model."""
    indented = "".join(f"  {line}".rstrip() + "\n" for line in dedent(wanted).strip("\n").split("\n"))
    head = "convdsl 1\n\nmodel M {\n  input x: [N, 3, H, W]\n"
    return f"{head}{dedent(written).lstrip()}\n}}\n", f"{head}{indented}}}\n"


def whole(written: str, wanted: str) -> tuple[str, str]:
    return dedent(written).lstrip("\n"), dedent(wanted).lstrip("\n")


PAIRS: dict[str, tuple[str, str]] = {
    "spaces": body("y   =Conv2d( 64 ,3,padding = 1 )", "y = Conv2d(64, 3, padding=1)"),
    "tabs and semicolon-free one-line body": whole(
        "convdsl 1\nmodel M { input x: [N,3,H,W] }\n",
        "convdsl 1\n\nmodel M {\n  input x: [N, 3, H, W]\n}\n",
    ),
    "positional to keyword": body("Conv2d(64, 3, 1, 1)", "Conv2d(64, 3, stride=1, padding=1)"),
    "keyword to positional": body("Conv2d(kernel_size=3, out_channels=64)", "Conv2d(64, 3)"),
    "order of keywords": body(
        "ConvTranspose2d(bias=false, padding=1, stride=2, kernel_size=4, out_channels=8)",
        "ConvTranspose2d(8, 4, stride=2, padding=1, bias=false)",
    ),
    "a required one that a default gives": body(
        "default Conv2d(padding = 1, kernel_size=3)\n"
        "Conv2d(padding=0, out_channels=8, kernel_size=1)\nConv2d(kernel_size=1)",
        "default Conv2d(kernel_size=3, padding=1)\nConv2d(8, 1, padding=0)\nConv2d(kernel_size=1)",
    ),
    "one argument alone": body(
        "LeakyReLU(0.2)\nDropout(p=0.5)\nMaxPool2d(kernel_size=2)", "LeakyReLU(0.2) -> Dropout(p=0.5)\nMaxPool2d(2)"
    ),
    "unknown keyword last": body("Conv2d(8, colour=3, kernel_size=3)", "Conv2d(8, 3, colour=3)"),
    "unknown layer as written": body("Convv(b=1, a=2, 3)".replace(", 3", ""), "Convv(b=1, a=2)"),
    "numbers as written": body(
        "Conv2d(3_2, 3)\ndefault LeakyReLU(negative_slope=1e-3)",
        "Conv2d(3_2, 3)\ndefault LeakyReLU(negative_slope=1e-3)",
    ),
    "bare words are strings": body(
        "Conv2d(8, 3, padding=same)\nUpsample(mode=bilinear, scale_factor=2)",
        'Conv2d(8, 3, padding="same")\nUpsample(scale_factor=2, mode="bilinear")',
    ),
    "a bare word that is a parameter": whole(
        """
        convdsl 1
        model M(same: int = 1) { input x: [N, 3, H, W]
          Conv2d(8, 3, padding=same) }
        """,
        """
        convdsl 1

        model M(same: int = 1) {
          input x: [N, 3, H, W]
          Conv2d(8, 3, padding=same)
        }
        """,
    ),
    "pairs and lists": body(
        "Conv2d(8, [3,5], padding=(1 , 2))\nfor d in (1,2,4) {\n Conv2d(8, 3, dilation=d) }\nReshape([8, 4, 4, 2, 1])",
        """
        Conv2d(8, (3, 5), padding=(1, 2))
        for d in [1, 2, 4] {
          Conv2d(8, 3, dilation=d)
        }
        Reshape([8, 4, 4, 2, 1])
        """,
    ),
    "norms and activations stay with their layer": body(
        """
        Conv2d(8, 3)
        BatchNorm2d()
        ReLU()
        MaxPool2d(2) -> Conv2d(8, 3) -> Dropout(0.1)
        """,
        """
        Conv2d(8, 3) -> BatchNorm2d() -> ReLU()
        MaxPool2d(2)
        Conv2d(8, 3) -> Dropout(0.1)
        """,
    ),
    "what ends a line stays its end": body(
        """
        Conv2d(8, 3)  # sees edges
        BatchNorm2d()
        Conv2d(8, 3) : [N, 8, H - 4, W - 4]
        ReLU()
        e = Conv2d(8, 3)
        ReLU()
        Conv2d(8, 3)

        ReLU()
        # why
        Tanh()
        """,
        """
        Conv2d(8, 3)  # sees edges
        BatchNorm2d()
        Conv2d(8, 3) : [N, 8, H - 4, W - 4]
        ReLU()
        e = Conv2d(8, 3)
        ReLU()
        Conv2d(8, 3)

        ReLU()
        # why
        Tanh()
        """,
    ),
    "comment and promise of an unnamed chain": body(
        """
        # above
        x->Conv2d(8, 3)->MaxPool2d(2)->Conv2d(8, 3):[N,8,(H-2)//2-2,(W-2)//2-2]   #behind
        """,
        """
        # above
        x -> Conv2d(8, 3)
        MaxPool2d(2)
        Conv2d(8, 3) : [N, 8, (H - 2) // 2 - 2, (W - 2) // 2 - 2]  # behind
        """,
    ),
    "a named chain is one group": body(
        "features=Conv2d(8, 3)->MaxPool2d(2)->Conv2d(8, 3)", "features = Conv2d(8, 3) -> MaxPool2d(2) -> Conv2d(8, 3)"
    ),
    "a long named chain": body(
        "head = Conv2d(512, 3, padding=1) -> BatchNorm2d() -> ReLU()"
        " -> Conv2d(512, 3, padding=1) -> ReLU() -> Conv2d(2, 1)",
        """
        head = Conv2d(512, 3, padding=1) -> BatchNorm2d() -> ReLU()
          -> Conv2d(512, 3, padding=1) -> ReLU()
          -> Conv2d(2, 1)
        """,
    ),
    "a long call": whole(
        """
        convdsl 1
        block Level(outer: int, inner: int, inside: layer = Identity(), innermost: bool = false,
                    dropout: bool = false) {
          Conv2d(inner, 4)
        }
        model M {
          input x: [N, 3, H, W]
          Level(512, 512, inside=Level(512, 512, inside=Level(512, 512, innermost=true), dropout=true), dropout=true)
        }
        """,
        """
        convdsl 1

        block Level(
          outer: int,
          inner: int,
          inside: layer = Identity(),
          innermost: bool = false,
          dropout: bool = false
        ) {
          Conv2d(inner, 4)
        }

        model M {
          input x: [N, 3, H, W]
          Level(
            512,
            512,
            inside=Level(512, 512, inside=Level(512, 512, innermost=true), dropout=true),
            dropout=true
          )
        }
        """,
    ),
    "a long list": body(
        "for c in [100000, 100001, 100002, 100003, 100004, 100005, 100006, "
        "100007, 100008, 100009, 100010, 100011, 100012] {\nReLU() }",
        """
        for c in [
          100000, 100001, 100002, 100003, 100004, 100005, 100006, 100007, 100008, 100009, 100010, 100011,
          100012
        ] {
          ReLU()
        }
        """,
    ),
    "joins of two are signs": body(
        """
        a = Conv2d(3, 1)
        Add( a,x )
        Sub(x, 1)
        y = Mul(-0.5, x) -> ReLU()
        Add(a, x, y)
        Mul(a, x, broadcast=true)
        """,
        """
        a = Conv2d(3, 1)
        a + x
        x - 1
        y = -0.5 * x -> ReLU()
        Add(a, x, y)
        Mul(a, x, broadcast=true)
        """,
    ),
    "a join under a default keeps its name": body(
        "default Add(broadcast=true)\nAdd(x, x)\nMul(x, x)", "default Add(broadcast=true)\nAdd(x, x)\nx * x"
    ),
    "constants behind a layer": body(
        "ab = Tanh()*110\nTanh() / 2 + 1\n1 - Tanh()\n(x+x)*0.5",
        "ab = Tanh() -> Mul(110)\nTanh() -> Div(2) -> Add(1)\n1 - Tanh()\n(x + x) * 0.5",
    ),
    "an arrow into a join that names its inputs": body(
        "Conv2d(3, 1) -> Concat(x)\nChunk(2) -> Concat()", "Conv2d(3, 1) -> Concat(x)\nChunk(2) -> Concat()"
    ),
    "parentheses": body(
        "repeat ((2 * (3)) + (1)) {\nReLU() }\nif not (a == (b)) and (c or d) { ReLU() }\n"
        "if (a - (b - c)) * -d > -(2 ** e) { ReLU() }",
        """
        repeat 2 * 3 + 1 {
          ReLU()
        }
        if not a == b and (c or d) {
          ReLU()
        }
        if (a - (b - c)) * -d > -2 ** e {
          ReLU()
        }
        """,
    ),
    "else if": body(
        """
        if a { ReLU() } else { if b { Tanh() } else { # why not
          Sigmoid() } }
        if a { ReLU() }
        else { # two
          if b { Tanh() }
          ReLU() }
        """,
        """
        if a {
          ReLU()
        } else if b {
          Tanh()
        } else {
          # why not
          Sigmoid()
        }
        if a {
          ReLU()
        } else {
          # two
          if b {
            Tanh()
          }
          ReLU()
        }
        """,
    ),
    "loops, groups and declared layers": body(
        """
        layer head=Conv2d(36,3)->ReLU()
        layer two = { Conv2d(8, 1) }
        for i in reversed( range(2) ){ enc[i]=Conv2d(8,3) as "enc.{i}"
          head() }
        features={ a=Conv2d(8,1)
          two() } as "f" : [N, 8, H, W]
        { ReLU() }
        repeat 2 {}
        """,
        """
        layer head = Conv2d(36, 3) -> ReLU()
        layer two = {
          Conv2d(8, 1)
        }
        for i in reversed(range(2)) {
          enc[i] = Conv2d(8, 3) as "enc.{i}"
          head()
        }
        features = {
          a = Conv2d(8, 1)
          two()
        } as "f" : [N, 8, H, W]
        {
          ReLU()
        }
        repeat 2 {}
        """,
    ),
    "values before the arrow and several names": body(
        "a,b=Chunk(2)\n( a , b )->Up(64)\ny = features.e1\nfeatures.e[0] -> ReLU()",
        "a, b = Chunk(2)\n(a, b) -> Up(64)\ny = features.e1\nfeatures.e[0] -> ReLU()",
    ),
    "a layer parameter stays behind its layer": whole(
        """
        convdsl 1
        block B(norm:layer=BatchNorm2d,inside: layer) {
          Conv2d(8, 3)
          norm()
          inside() -> ReLU()
          B(norm=GroupNorm( num_groups=32 ))
        }
        """,
        """
        convdsl 1

        block B(norm: layer = BatchNorm2d(), inside: layer) {
          Conv2d(8, 3) -> norm()
          inside() -> ReLU()
          B(norm=GroupNorm(32))
        }
        """,
    ),
    "order of the file": whole(
        """
        convdsl 1
        train { epochs=20
          loss=SmoothL1
          precision = fp32
          sizes=[100,136] }
        model M {
          input x: [N, 3, H, W]
          y = B(8)
          expect parameters<=1M,macs(H=256,W=256)<=1.7G
          output y:[N,8,H,W]  means classes
        }
        block B(c:int) { Conv2d(c,1) }
        from "b.cdsl" import Down,Up

        from "a.cdsl" import Left
        """,
        """
        convdsl 1

        from "b.cdsl" import Down, Up
        from "a.cdsl" import Left

        block B(c: int) {
          Conv2d(c, 1)
        }

        model M {
          input x: [N, 3, H, W]
          y = B(8)
          output y: [N, 8, H, W] means classes
          expect parameters <= 1M, macs(H=256, W=256) <= 1.7G
        }

        train {
          epochs = 20
          loss = SmoothL1()
          precision = "fp32"
          sizes = (100, 136)
        }
        """,
    ),
    "inputs": whole(
        """
        convdsl 1
        model M(){
          input gray:[N,1,H,W]=0 means (L-50)/50 where H%8==0 and W%8==0,H>=16
          input rgb:[N,3,H,W] means (RGB-(0.485,0.456,0.406))/[0.229,0.224,0.225]
        }
        """,
        """
        convdsl 1

        model M {
          input gray: [N, 1, H, W] = 0 means (L - 50) / 50 where H % 8 == 0, W % 8 == 0, H >= 16
          input rgb: [N, 3, H, W] means (RGB - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
        }
        """,
    ),
    "comments everywhere": whole(
        """
        #!/usr/bin/env convdsl
        ## heading
        #
        #said
        convdsl 1 #edition

        #of the model


        #more
        model M{#behind the brace
          #first

          input x:[N,3,H,W]#an input



          y=Conv2d(8, #channels
            3 #kernel
          )
          { ReLU()
            #inner tail
          } #behind a group
          #tail of M
        }


        #the end

        #really
        """,
        """
        #!/usr/bin/env convdsl
        ## heading
        #
        # said
        convdsl 1  # edition

        # of the model

        # more
        model M {  # behind the brace
          # first

          input x: [N, 3, H, W]  # an input

          # channels
          # kernel
          y = Conv2d(8, 3)
          {  # behind a group
            ReLU()
            # inner tail
          }
          # tail of M
        }

        # the end

        # really
        """,
    ),
    "CRLF": (
        "convdsl 1\r\nmodel M {\r\n  input x: [N, 3, H, W]  # c\r\n\r\n  y=ReLU()\r\n}\r\n",
        "convdsl 1\n\nmodel M {\n  input x: [N, 3, H, W]  # c\n\n  y = ReLU()\n}\n",
    ),
    "no newline at the end, blank lines at the beginning": (
        "\n\n\nconvdsl 1\n\n\n\nmodel M {\n\n\n  input x: [N, 3, H, W]\n\n\n\n  y = ReLU()\n\n}",
        "convdsl 1\n\nmodel M {\n  input x: [N, 3, H, W]\n\n  y = ReLU()\n}\n",
    ),
    "names that are words of the language": whole(
        """
        convdsl 1
        model M(layer:layer=ReLU) {
          input default:[N,3,H,W]
          (default) ->Conv2d(3,1)
          (layer)()
          y=Add(default, default)
          Mul(default,y)
          #ok
        }
        """,
        """
        convdsl 1

        model M(layer: layer = ReLU()) {
          input default: [N, 3, H, W]
          (default) -> Conv2d(3, 1) -> (layer)()
          y = default + default
          (default) * y
          # ok
        }
        """,
    ),
    "a hole": body(
        "Conv2d(64,3,stride=2,padding=?):[N,64,H/2,W/2]", "Conv2d(64, 3, stride=2, padding=?) : [N, 64, H / 2, W / 2]"
    ),
}
