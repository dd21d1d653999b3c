"""What one would do without convdsl: import PyTorch, make the network, run it once and print torchinfo's table."""

import importlib.util
import sys

from torchinfo import summary

spec = importlib.util.spec_from_file_location("network6", sys.argv[1])
assert spec is not None and spec.loader is not None
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
summary(module.Network6(), input_size=(1, 1, 256, 256))
