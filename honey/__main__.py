"""`python -m honey` is the `honey` command."""

from honey.cli.main import main

if __name__ == "__main__":
    main()
