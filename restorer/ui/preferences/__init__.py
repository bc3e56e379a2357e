"""The preferences: a table of rows, the dialog that shows them, and who hears of a change."""
