"""Look at what your own code does: palette, figures and interactive explorers."""
