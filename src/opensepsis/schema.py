"""Every table that is written: its columns, each with type, unit and meaning."""
