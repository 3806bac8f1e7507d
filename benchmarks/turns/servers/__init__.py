"""The bots that are compared, each a process of its own. They print ``ready PORT`` when they serve."""
