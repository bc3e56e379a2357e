"""Work off the main thread: worker objects that live in a QThread."""

from restorer.jobs.jobs import Jobs
from restorer.jobs.messages import Kind, Message
from restorer.jobs.run import DoubtRun, Run

__all__ = ["DoubtRun", "Jobs", "Kind", "Message", "Run"]
