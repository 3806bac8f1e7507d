"""The Bot Framework edge: adapter, authentication, connector client, handler, cards."""
