"""Decision support inside the record: CDS Hooks 2.0."""
