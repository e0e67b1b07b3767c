"""One module for each generated page; `markdown` holds what they share."""
