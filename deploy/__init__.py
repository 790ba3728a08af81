"""What starts, runs and watches the system: the local stack and the command line."""
