"""The made-up language family: an embedded world that makes the whole engine testable anywhere.

`write(out, sizes, seed)` lays down unlabelled text and all eighteen tasks in their original formats; `describe()`
tells what they hold. A base language (`aa`) and five sisters say the same meanings; the labels follow from the
meanings. What a model learns here says something of this family and this model, never of a paper's claim.
"""

from replicate.family.facts import describe
from replicate.family.languages import BASE, CODES, LANGUAGES
from replicate.family.lay import write
from replicate.family.sizes import MICRO, TINY, Sizes

__all__ = ["BASE", "CODES", "LANGUAGES", "MICRO", "TINY", "Sizes", "describe", "write"]
