"""The answer engine and plain baselines on the same public questions."""
