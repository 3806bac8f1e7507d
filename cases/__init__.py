"""Requests of partners: what they are, how they move, what their owners are told. Pure."""
