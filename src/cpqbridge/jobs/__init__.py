"""What runs by itself: what is due, the workers, the feeds, back-fills and the limits they share."""
