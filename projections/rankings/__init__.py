"""System 4: periods, topics, ballots, and how contested each topic is."""
