"""The verifier as one thing: a stance model, and the calibrator that was fitted on what that model says."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from synth.errors import InputError, SynthError
from synth.models import calibration, stance

__all__ = ["Verifier", "load"]

_TRAINED = ("checksums.json", "model.onnx", "calibration.json")  # what marks a folder of `synth train-verifier`


class Verifier(NamedTuple):
    """A stance model with its calibrator; a model that is taken by name has none, and its verdicts no confidence."""

    model: stance.StanceModel
    calibrator: calibration.Calibrator | None

    @property
    def id(self) -> str:
        """Names and checksums of both: equal ids give equal verdicts on equal windows."""
        return self.model.id if self.calibrator is None else f"{self.model.id}, {self.calibrator.id}"

    @property
    def trouble(self) -> str | None:
        """In one line, how often the model gave no usable reply so far; None where it always did."""
        from synth.models.stance_language import LanguageStance

        if not isinstance(self.model, LanguageStance) or not self.model.failures:
            return None
        count = len(self.model.failures)
        reasons = "; ".join(dict.fromkeys(failure.reason for failure in self.model.failures))
        return f"{count} passage{'s' * (count > 1)} could not be read by the verifier {self.model.id}: {reasons}"


def load(name: str | None = None, *, offline: bool = False) -> Verifier:
    """The packaged verifier (None), or another by its name.

    A folder that `synth train-verifier` wrote is a verifier of its own with its calibrator. "openai:NAME",
    "anthropic:NAME" and "ollama:NAME" are language models; any other name is a classifier of natural language
    inference, by hub name or folder, which with `offline` is looked for in the local cache only.

    Raises:
        SynthError: a packaged file is missing or is not the one its checksum names.
        InputError: a named verifier cannot be had: no such folder or provider, not reachable, files damaged, another
            kind of model, a missing extra or key.
    """
    if name is None:
        return Verifier(stance.load(), calibration.load())
    folder = Path(name)
    try:
        trained = all((folder / file).is_file() for file in _TRAINED)
    except OSError as problem:
        raise InputError(f'verifier "{name[:60]}": no model has such a name ({problem.strerror})') from None
    if trained:
        try:
            return Verifier(stance.load(folder), calibration.load(folder))
        except SynthError as problem:
            raise InputError(f'verifier "{name}": {problem}') from problem
    if ":" in name and not folder.is_dir():
        from synth.models import stance_language

        return Verifier(stance_language.load(name), None)
    from synth.models import stance_named

    return Verifier(stance_named.NamedStance(name, offline=offline), None)
