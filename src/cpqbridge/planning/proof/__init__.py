"""Proves that Zuora will bill what CPQ quoted, before anything is sent: line by line, with each difference's cause."""
