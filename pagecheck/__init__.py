"""A look at a partner's landing page: fetched safely, read for what the directory asks of it, told as advice."""
