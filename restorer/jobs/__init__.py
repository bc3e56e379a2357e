"""Work off the main thread: worker objects that live in a QThread."""

from restorer.jobs.jobs import Jobs
from restorer.jobs.messages import Kind, Message
from restorer.jobs.run import Run

__all__ = ["Jobs", "Kind", "Message", "Run"]
