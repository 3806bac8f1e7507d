"""Curated answers and finding the right one: knowledge base, normalization, matcher. Pure."""
