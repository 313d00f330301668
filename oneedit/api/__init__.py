"""The web server: health route and security headers; the pages are in ``oneedit.ui``."""
