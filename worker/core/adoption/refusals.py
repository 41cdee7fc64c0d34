"""What of theirs would refuse a session of the worker's, though every column is as it has to be."""

import re
from collections.abc import Collection, Iterator

from worker.core.adoption.mends import alter, altering
from worker.core.adoption.needs import OF_A_CONTACT
from worker.core.adoption.seen import Index, Seen
from worker.core.diagnosis.finding import Finding, fail, psql, some, warn


def refusals(seen: Seen) -> Iterator[Finding]:
    """What fails would refuse one, what warns may."""
    for index in seen.indexes:
        if index.unique and index.valid and '"contactId"' in index.columns and "id" not in index.columns:
            yield from _of_index(index, seen.columns)
    for name, statuses in seen.refused.items():
        mend = alter(f'drop constraint "{name}"')
        yield fail("checks", f"{name} refuses the status {some(statuses)}, which the worker writes", mend)


def _of_index(index: Index, columns: Collection[str]) -> Iterator[Finding]:
    where = f" where {index.condition}" if index.condition else ""
    says = f"{index.name} allows one session of {', '.join(index.columns)} only{where}"
    closed = [status for status, held in index.holds.items() if held]
    if not OF_A_CONTACT.issuperset(index.columns):
        yield warn("indexes", f"{says}: a handover that would make a second one fails")
    elif not index.partial:
        yield fail("indexes", f"{says}, and a contact has many over time", _drop(index))
    elif closed:
        many = f"and of a contact there are many that are {some(closed)}"
        yield fail("indexes", f"{says}, {many} over time", _drop(index))
    elif '"tenantId"' not in index.columns:
        yield fail("indexes", f"{says}, and two tenants may know the same contact", _drop(index))
    elif _depends_on_more(index, columns):
        yield warn("indexes", f"{says}: if closed ones are among these, the contact's next handover fails")


def _depends_on_more(index: Index, columns: Collection[str]) -> bool:
    named = set(re.findall(r"\w+", index.condition or ""))
    of_a_contact = {name.strip('"') for name in OF_A_CONTACT}
    return None in index.holds.values() or not named.isdisjoint({*columns} - of_a_contact)


def _drop(index: Index) -> str:
    drop_index = f'drop index concurrently if exists "{index.name}"'
    if index.partial:
        return psql(drop_index)
    return psql(altering(f'drop constraint if exists "{index.name}"'), drop_index)
