"""`python -m drepano`: how MPI launchers start a rank."""

from drepano.cli import main

if __name__ == "__main__":
    main()
