"""``python -m oneedit``: the command line."""

from oneedit.cli.app import main

if __name__ == "__main__":
    main()
