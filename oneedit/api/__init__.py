"""The web server: health route and security headers; the pages are in ``oneedit.ui``.

It may import everything but the command line and the demonstration.
"""
