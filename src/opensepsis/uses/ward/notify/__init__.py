"""Telling others of alerts: at least once, in the order of each alert, with names that let a receiver drop a doublet."""
