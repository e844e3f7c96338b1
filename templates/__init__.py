"""Words for people and for models: templates only, no logic."""
