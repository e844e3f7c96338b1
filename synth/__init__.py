"""Literature synthesis and claim verification.

    import synth
    report = synth.report("PAWS-X non-English fine-tuning", offline=True)
    for claim in report.claims:
        print(claim.verdict.label, claim.statement)

`report`, `papers`, `claims`, `verdicts` and `audits` are those of `synth.notebook`; frames for pandas are made by
`synth.frames`, a retriever and tools for LangChain by `synth.langchain`. Nothing is loaded before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth.notebook import audits as audits
    from synth.notebook import claims as claims
    from synth.notebook import papers as papers
    from synth.notebook import report as report
    from synth.notebook import verdicts as verdicts

__all__ = ["__version__"]  # and, when they are asked for, the five

__version__ = "0.1.0"
_FIVE = ("audits", "claims", "papers", "report", "verdicts")


def __getattr__(name: str) -> Any:
    """One of the five functions, loaded when the first of them is asked for."""
    if name not in _FIVE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from synth import notebook

    return getattr(notebook, name)


def __dir__() -> list[str]:
    """What is offered, for completion in a notebook."""
    return sorted({*globals(), *_FIVE})
