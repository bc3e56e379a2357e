"""Work off the main thread: worker objects that live in a QThread."""
