"""The tables of the desk, one module for each subject. Django finds them here."""

from openhaven.desk.models.agreements import AgreementVersion, Destruction, Reminder, Side, Signature, Why
from openhaven.desk.models.cases import Case, Message, Minute, Opinion, Removal, Step, Submission, Upload
from openhaven.desk.models.incidents import Incident, IncidentStep
from openhaven.desk.models.jobs import Job, Worker
from openhaven.desk.models.patients import Hidden, Omission, OwnCopy, Proxy, Request, RequestStep, Visit
from openhaven.desk.models.people import EMAIL, ID, Invitation, Person, Post
from openhaven.desk.models.signing_in import Shortly, SignIn
from openhaven.desk.models.telling import Told
from openhaven.desk.models.tokens import Token
from openhaven.desk.models.upkeep import Checkup

__all__ = [
    "EMAIL",
    "ID",
    "AgreementVersion",
    "Case",
    "Checkup",
    "Destruction",
    "Hidden",
    "Incident",
    "IncidentStep",
    "Invitation",
    "Job",
    "Message",
    "Minute",
    "Omission",
    "Opinion",
    "OwnCopy",
    "Person",
    "Post",
    "Proxy",
    "Reminder",
    "Removal",
    "Request",
    "RequestStep",
    "Shortly",
    "Side",
    "SignIn",
    "Signature",
    "Step",
    "Submission",
    "Token",
    "Told",
    "Upload",
    "Visit",
    "Why",
    "Worker",
]
