"""Labelled sets: claims and passages as annotators judged them, read from their published files into one shape."""

from synth.labelled.apart import held_back
from synth.labelled.catalogue import KNOWN, read
from synth.labelled.pairs import LabelledSet, Pair

__all__ = ["KNOWN", "LabelledSet", "Pair", "held_back", "read"]
