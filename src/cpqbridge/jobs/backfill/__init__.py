"""Back-fill: orders of the past, read page by page and worked through below live work; may be stopped anywhere."""
