"""Read models: tables and queries of each system, and the writer that brings changes into Postgres."""
