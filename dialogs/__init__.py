"""What to say next: replies as data, conversation state, guided dialogs, the router of one message. Pure."""
