"""Making the packaged verifier again: labelled pairs and controlled edits in, ONNX weights, calibrator and card out."""
