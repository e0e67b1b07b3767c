"""Watches what people should know of: facts, what they mean, incidents, and telling of them."""
