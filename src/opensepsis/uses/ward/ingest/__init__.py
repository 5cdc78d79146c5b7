"""Where messages come in. Each receiver keeps what came before it says so to the sender."""
