"""The preferences: a table of rows, the dialog that shows them, and what follows a change."""
