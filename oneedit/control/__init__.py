"""What the command line asks of the process that owns a home: a port, and its two adapters.

One adapter is in this process, the other one sends everything over a socket to the server. The room
may import ``oneedit.queue`` and what is below it, but no web framework.
"""
