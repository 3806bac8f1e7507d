"""What the bot says besides answers: sentences by key, dates and numbers in a language. Pure."""
