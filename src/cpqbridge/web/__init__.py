"""The service's own HTTP: whether it lives, whether it is ready, and its metrics."""
