"""Redis as a cache of the read models: written after the commit, guarded, and refilled when in doubt."""
