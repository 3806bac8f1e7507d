"""Curators' tools: measure the answers, try a phrasing, find what one entry takes from another."""
