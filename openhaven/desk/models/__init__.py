"""The tables of the desk, one module for each subject. Django finds them here."""

from openhaven.desk.models.jobs import Job, Worker
from openhaven.desk.models.people import EMAIL, ID, Invitation, Person, Post

__all__ = ["EMAIL", "ID", "Invitation", "Job", "Person", "Post", "Worker"]
