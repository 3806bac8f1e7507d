"""The operators' channel in Teams: a card for each request, its buttons, and what the channel tells of itself."""
