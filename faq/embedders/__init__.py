"""Adapters of `faq.embedding.Embedder` to optional packages (requirements-embeddings.in)."""
