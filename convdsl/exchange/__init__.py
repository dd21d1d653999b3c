"""Networks from other places and for other places: PyTorch modules, ONNX, checkpoints."""
