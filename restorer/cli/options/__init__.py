"""What can be typed after each command. Little but argparse: `--help` answers at once."""
