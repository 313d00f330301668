"""The web server: health and security here, the pages in ``oneedit.ui``."""
