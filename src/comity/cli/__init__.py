"""Where people and machines come in by the command line."""
