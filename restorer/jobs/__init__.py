"""Work off the main thread: worker objects that live in a QThread."""

from restorer.jobs.jobs import Jobs
from restorer.jobs.messages import Message, MessageKind

__all__ = ["Jobs", "Message", "MessageKind"]
