"""Where people and machines come in by HTTP: the desk, and the door for other nodes."""
