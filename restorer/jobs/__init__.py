"""Work off the main thread: worker objects that live in a QThread."""

from restorer.jobs.jobs import Jobs
from restorer.jobs.messages import Kind, Message

__all__ = ["Jobs", "Kind", "Message"]
