"""From the log to changes: batches, folds, the unit of work and the worker around them."""
