"""What one batch is, how discriminators run on it, and what is read off networks."""
