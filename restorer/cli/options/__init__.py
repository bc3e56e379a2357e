"""The options of each command. Imports little but argparse, so that `--help` answers at once."""
