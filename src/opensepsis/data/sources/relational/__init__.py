"""Hospital data that are tables: one way to find, read, stream and count them, whatever their form."""
