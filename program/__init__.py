"""The Learning Partner program: its facts, its calendar, its eligibility rules. Pure."""
