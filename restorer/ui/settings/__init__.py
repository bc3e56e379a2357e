"""The panel on the right: the measurements, the settings, and Restore."""

from restorer.ui.settings.panel import Panel

__all__ = ["Panel"]
