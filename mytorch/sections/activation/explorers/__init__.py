"""One file an explorer, of the name under which students call it."""
