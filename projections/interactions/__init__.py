"""System 5, interactions: entries, what users do to them, and the forest of branches."""
