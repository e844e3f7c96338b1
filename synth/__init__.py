"""Literature synthesis and claim verification."""
