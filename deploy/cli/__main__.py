"""`python -m deploy.cli`: the command line without its installed entry point."""

from deploy.cli import main

if __name__ == "__main__":
    main()
