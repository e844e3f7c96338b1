"""Examples become features and batches: special tokens, truncation, windows, which examples meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests_support import needs_torch

needs_torch()
