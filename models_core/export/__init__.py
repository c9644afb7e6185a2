"""What a trained model leaves the house as: ONNX, safetensors, a bundle of both with a manifest."""
