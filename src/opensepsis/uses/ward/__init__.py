"""The live ward: feeds in, everything kept, scores and clocks up to date, alerts that behave, a board.

Research and silent mode by default. Not a medical device.
"""
