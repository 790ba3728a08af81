"""One module per system: the pure rules that turn an event into changes."""
