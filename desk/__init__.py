"""Those who work behind the bot: their accounts, what each may do, what is written down of it. Pure."""
