"""Charts of protected figures as small SVG images: the only door to matplotlib."""
