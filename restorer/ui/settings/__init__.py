"""The panel on the right: what was measured, what is to be done, and Restore."""

from restorer.ui.settings.panel import Panel

__all__ = ["Panel"]
