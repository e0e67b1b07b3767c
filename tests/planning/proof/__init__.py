"""Tests of the proof of orders: what may go, what is held, and what the message says."""
