"""The words around a number that bound or measure it: patterns, no behaviour."""

from __future__ import annotations

import re

__all__ = ["HEDGES_AFTER", "HEDGES_BEFORE", "MEASURES"]

HEDGES_BEFORE = re.compile(
    r"(?:\b(?P<up_to>up\s?to|as\s(?:much|many|high|large|low|little|few)\sas|a\smaximum\sof)"
    r"|\b(?P<nearly>nearly|almost|close\sto|just\s(?:under|below))"
    r"|\b(?P<at_least>at\sleast|no\sless\sthan|no\sfewer\sthan|a\sminimum\sof|(?:greater|more)\sthan\sor\sequal\sto)"
    r"|\b(?P<at_most>at\smost|no\smore\sthan|within|(?:less|fewer)\sthan\sor\sequal\sto)"
    r"|\b(?P<over>over|more\sthan|greater\sthan|above|exceed(?:s|ing|ed)?|upwards\sof|in\sexcess\sof)"
    r"|\b(?P<under>less\sthan|fewer\sthan|smaller\sthan|lower\sthan|under|below)"
    r"|\b(?P<about>about|around|approximately|approx\.?|roughly|some|circa|ca\.|on\sthe\sorder\sof|estimated)"
    r"|(?P<at_least_>≥)|(?P<at_most_>≤)|(?P<over_>>)|(?P<under_><)|(?P<about_>[~≈∼]))"
    r"\s?(?:an?\s|another\s|the\s|[$€£]\s?)?$",
    re.I,
)
HEDGES_AFTER = re.compile(
    r"(?P<at_least>\+(?!\s?/)|\s(?:%\s)?or\s(?:more|higher|greater|above|better))|(?P<at_most>\sor\s(?:less|fewer|lower|below))|"
    r"(?P<about>\sor\sso\b)"
)
MEASURES = re.compile(
    r"[\s-]?(?P<unit>milliseconds?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|years?|ms|h|"
    r"KB|MB|GB|TB|[kmµμ]?g|[kcmn]m|kDa?|kd|mL|ml|bp|kb|Mb|[kM]?Hz|GHz|°C|ppm|mM|µM|μM|nM|mmHg|dB|W|kW)(?![\w/])"
)
