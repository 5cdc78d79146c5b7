"""From facts to scores, findings, clocks and alerts: a pure function of what was there and what came; no clock, no files."""
