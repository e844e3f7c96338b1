"""Numbers that name a thing and measure nothing: years, "5-layer", "type 2", "top-5", "Task 8"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from synth.checking.forms import WORD_VALUES
from synth.quantities import Mention

__all__ = ["is_label", "labels"]

# "type 2 diabetes", "grade 2": the number tells one thing of a kind from another.
_KINDS = re.compile(
    r"\b(?:types?|grades?|stages?|phases?|class|category|subtypes?|chromosomes?|exons?|helper|kinase|factor|interleukin|"
    r"receptor|groups?|cohorts?|tasks?|tracks?|subtasks?|levels?|generation|version|day|haplogroup|complex|protein|"
    r"antigen|gene|virus|caspase|transglutaminase|member|family|domain|step|question|experiment|study|part|layer)\s$",
    re.I,
)
# Models whose releases are numbered with a space: "Llama 2 fails", where "fails" is nothing counted.
_RELEASES = re.compile(
    r"\b(?:Llama|LLaMA|GPT|Claude|Gemini|Gemma|Qwen|Mistral|Phi|Vicuna|PaLM|Falcon|Grok|DALL-E)[\s-]$"
)
_LED = re.compile(r"\b[a-z]{4,}\s$")
_NO_LABEL = re.compile(
    r"\b(?:aged?|ages|about|around|over|only|nearly|almost|roughly|least|most|than|with|from|into|some|just|were|have|that|these|those|"
    r"their|both|other|first|last|next|past|under|above|below|exactly|between|using|across|among|containing|including|"
    r"approximately|comprising|reach\w*|achiev\w*|scor\w*|obtain\w*|gain\w*|improv\w*|increas\w*|reduc\w*|decreas\w*|"
    r"attain\w*|yield\w*|drop\w*|equals?|versus|plus|minus|exceed\w*|accuracy|precision|recall|score|ratio|kappa|"
    r"total|averag\w*|mean|median|rate|size|value|speed-?up|loss|error|perplexity|correlation|report\w*|rank\w*)\s$",
    re.I,
)


_NAME_ENDS = re.compile(
    r"\s?(?:$|[,.;:)\]]|(?:is|are|was|were|in|and|or|on|of|for|by|with|to|from|that|which|has|have|can|as|at|protects?|"
    r"levels?|activity|expression)\b)"
)
# "PI 3-kinase", "glycerol 3-phosphate": the place in a molecule.
_LOCANT = re.compile(r"-[a-z]*(?:ases?|ides?|ates?|amines?|ols?|yl|oxy[a-z]+)\b")


def is_label(text: str, mention: Mention) -> bool:
    """Whether a plain whole number after a noun names the noun rather than counting or measuring."""
    if mention.value != int(mention.value) or abs(mention.value) >= 1000 or mention.precision != 1.0:
        return False
    before = text[max(0, mention.start - 30) : mention.start]
    if before[-1:] in ("’", "'") and mention.value < 100:
        return True
    if not text[mention.start].isdigit() or text[mention.end : mention.end + 1] == "%":
        return False
    if _RELEASES.search(before) or (mention.value < 20 and _LOCANT.match(text, mention.end)):
        return True
    if _KINDS.search(before):
        return mention.unit not in ("%", "points", "x")
    if mention.unit is not None or not _LED.search(before) or _NO_LABEL.search(before):
        return False
    return bool(_NAME_ENDS.match(text, mention.end))


_WORDS = "|".join(WORD_VALUES)
_LABEL_UNITS = (
    "layer|way|bit|dimensional|dimension|class|hop|gram|head|stage|step|year|day|week|month|hour|minute|fold|"
    "level|point|hidden|epoch|digit|core|fold|party|turn|label|best|word|month-old|year-old|word-long|min|D"
)
_HYPHENED = re.compile(rf"(?<![\w.,-])(?:(?P<n>\d+)[-\s]|(?P<w>{_WORDS})-)(?P<unit>{_LABEL_UNITS})\b", re.I)
# "55- and 65-year-old": the first number goes without its noun.
_HANGING = re.compile(rf"(?<![\w.,])(?P<n>\d+)-,?\s(?:and|or|to)\s\d+-(?P<unit>{_LABEL_UNITS})\b", re.I)
_PAIR = re.compile(r"(?<![\w.,/:])\d+(?:[/:]\d+)+(?![\w/:])")
_AT = re.compile(r"(?P<unit>@|\b[Tt]op-|\b(?:BLEU|ROUGE|METEOR|pass|Hits?|P|R|F)[-@])(?P<n>\d+(?:\.\d+)?)(?![\w])")
_YEAR = re.compile(r"(?<![\w.,/@#-])(?:(?:19|20)\d\d)(?![\w%]|[.,]\d|-\w)")
# "5-shot" is left out: shots are a setting of their own.
_LOOSE = re.compile(r"(?<![\w.,/@#\\^&=?%-])(?P<n>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)*)(?![\w/]|[.,:]\d|[-\s]shot\b)")
_AFTER_WORD = re.compile(r"(?P<w>[A-Za-z][\w.-]*)[\s~-](?:\(?#?)$")
_CITED = re.compile(
    r"\[[\d\s,;–-]+\]|\([^()]{0,160}\b(?:19|20)\d\d[a-z]?\)|\bet\sal\.?,?\s\(?(?:19|20)\d\d|https?://\S+|www\.\S+|"
    r"\S+@\S+|\(\s?\d{1,2}\s?\)(?=\s)|(?:(?<=^)|(?<=[\s;:(]))\d{1,2}\)(?=\s)|doi:\S+|©.*$"
)


def labels(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, float, str]]:
    """What is left: years, "5-shot", "Task 8" as (start, end, value, what it labels); citations are passed over."""
    if not any(c.isdigit() for c in text) and "-" not in text:
        return
    closed = [*taken, *(m.span() for m in _CITED.finditer(text))]
    for match in _HYPHENED.finditer(text):
        if _free(match, closed):
            closed.append(match.span())
            yield match.start(), match.end(), _number(match.group("n"), match.group("w")), match.group("unit").lower()
    for match in _HANGING.finditer(text):
        closed.append(match.span("n"))
        yield match.start("n"), match.end("n"), float(match.group("n")), match.group("unit").lower()
    for match in _AT.finditer(text):
        if _free(match, closed):
            closed.append(match.span())
            yield match.start(), match.end(), float(match.group("n")), match.group("unit").lower()
    for match in _PAIR.finditer(text):
        if _free(match, closed):
            closed.append(match.span())
            first, *rest = (float(n) for n in re.split(r"[/:]", match.group()))
            yield match.start(), match.end(), first + sum(1e4 * n for n in rest), "pair"
    for match in _YEAR.finditer(text):
        if _free(match, closed):
            closed.append(match.span())
            yield match.start(), match.end(), float(match.group()), "year"
    for match in _LOOSE.finditer(text):
        if _free(match, closed):
            digits = match.group("n").replace(",", "")
            before = _AFTER_WORD.search(text, max(0, match.start() - 40), match.start())
            value = float(digits) if digits.count(".") <= 1 else float(digits.replace(".", ""))
            yield match.start(), match.end(), value, (before.group("w").lower().rstrip(".") if before else "")


def _free(match: re.Match[str], closed: Sequence[tuple[int, int]]) -> bool:
    return not any(a < match.end() and match.start() < b for a, b in closed)


def _number(digits: str | None, word: str | None) -> float:
    return float(digits) if digits else WORD_VALUES[(word or "").lower()]
