"""The open picture as observable state."""
