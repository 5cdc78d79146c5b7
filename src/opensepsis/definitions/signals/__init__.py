"""Numbers at a moment, built from concepts by the closed set of signal nodes."""
