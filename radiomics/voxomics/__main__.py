"""`python -m voxomics`."""

from voxomics.cli import main

if __name__ == "__main__":
    main(prog_name="voxomics")
