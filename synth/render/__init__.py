"""Records to things people read: the only door to the templates."""
