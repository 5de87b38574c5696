"""The copy that a reader may keep: it finds the nearest desk without a network."""
