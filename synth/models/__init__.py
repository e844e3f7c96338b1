"""Models: text embedding and optional language models."""
