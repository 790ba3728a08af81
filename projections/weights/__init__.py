"""The read model of system 3: what each user's weights are and were, and what everybody's are together."""
