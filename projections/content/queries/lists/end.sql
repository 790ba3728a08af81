SELECT id, place FROM {name}
