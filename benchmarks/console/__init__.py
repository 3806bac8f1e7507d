"""How fast the console's pages are over full databases."""
