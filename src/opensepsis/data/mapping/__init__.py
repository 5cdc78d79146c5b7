"""Help with a site's local codes: what each may mean, drafted for a person to confirm."""
