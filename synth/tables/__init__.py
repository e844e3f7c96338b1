"""Tables as evidence: a typed reading of the cells, claims tied to them, and the operations that decide a claim."""
