"""Pictures: one convention in memory, files read and written with nothing lost."""
