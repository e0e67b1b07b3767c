"""Many orders at once: both sides are read in bulk into a work file, and compared a few thousand lines at a time."""
