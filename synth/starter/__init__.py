"""The embedded starter library: digests of papers in our own words."""
