place DESC NULLS LAST, id
