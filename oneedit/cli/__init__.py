"""The command line: parsing, output and exit codes.

It calls the service and imports the rest of ``oneedit`` only where a command needs it.
"""
