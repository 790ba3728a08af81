"""The read model of system 1: waves, ripples, the actions in them, and each user's share."""
