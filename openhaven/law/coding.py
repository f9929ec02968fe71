"""Is everything that is stated in coded words one of those words? Else bad input, with the words that are accepted.

What a record states is checked when it is written down, what an application and its agreement state before every
decision, so that a slip of the pen is never taken for a fact and refused as one."""

from openhaven.model.application import Application
from openhaven.model.facts import Facts
from openhaven.model.record import Agreement, Record

from .references import check
from .table_rules import strength


def check_record(record: Record, *, where: str) -> None:
    """Raises BadInput naming the field and the accepted words where a record states something else."""
    if isinstance(record, Agreement) and record.table_rule:
        strength(record.table_rule, where=f"{where}: table_rule")


def check_asked(application: Application, facts: Facts) -> None:
    """The same of an application and the agreement that it names."""
    check(application.data_protection, where=f"application {application.id}")
    for agreement in facts.called(Agreement, application.agreement):
        check_record(agreement, where=f"agreement {agreement.id}")
