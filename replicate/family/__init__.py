"""The made-up language family: an embedded world that makes the whole engine testable anywhere."""
