"""Read model of system 6: polls, votes, and how many there are for what."""
