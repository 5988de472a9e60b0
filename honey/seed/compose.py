"""Give assigned beacons a name and a face: the decoy, and for a resident one its row in the host. Pure."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.hit.tokentag import TagKey
from honey.derive import PlanKey, digest, stream
from honey.errors import HostError
from honey.generate.identity import household_surnames, make_goods, make_link, make_mailbox, make_name, name_style_for
from honey.generate.row import choose_donors, fit_row
from honey.host.profile import Profile
from honey.model.account import Account, AccountId
from honey.model.decoy import Decoy
from honey.model.planting import Planting, PlantingKind
from honey.model.waybill import Role, Row
from honey.plan.assign import Assignment
from honey.plan.needs import Needs
from honey.seed.journal import HostRow
from honey.translation import _


class Names(Container[str], Protocol):
    """The decoy names in use; one is added as soon as it is given out."""

    def add(self, name: str) -> None:
        """Count this name as used from now on."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One resident decoy, ready to be journalled."""

    assignment: Assignment
    decoy: Decoy
    planting: Planting
    row: HostRow


def compose(
    assignment: Assignment, needs: Needs, profile: Profile, taken: Names, *, key: PlanKey, link_like: str | None = None
) -> Decoy:
    """Make the decoy of an assignment in the style of the rows it will stand among.

    `link_like` is a link of those rows, whose form the decoy's own link takes.
    """
    rng = stream(key, "identity", assignment.decoy)
    tags = token_tags(key)
    name = make_name(rng, name_style_for(profile, assignment.address), taken, surnames=_household(assignment, key))
    taken.add(name)
    return Decoy(
        id=assignment.decoy,
        name=name,
        phone=assignment.phone,
        address=assignment.address,
        email=make_mailbox(rng, name, assignment.mail_domain, tags) if assignment.mail_domain else None,
        waybill_number=assignment.waybill_number,
        link=make_link(rng, assignment.link_base, link_like, tags) if assignment.link_base else None,
        goods=make_goods(rng, profile) if needs.goods else None,
    )


def token_tags(key: PlanKey) -> TagKey:
    """Return the key of the check tags in links and mailboxes. Collectors get it: the plan does not follow from it."""
    return TagKey(digest(key, "token tag"))


def _household(assignment: Assignment, key: PlanKey) -> tuple[str, ...]:
    """Return the surnames of those who share this decoy's number: strangers on one number would be a tell."""
    return household_surnames(stream(key, "household", assignment.phone)) if assignment.phone else ()


def draft(
    assignments: Sequence[Assignment],
    accounts: Mapping[AccountId, Account],
    *,
    needs: Needs,
    profile: Profile,
    donors: Callable[[Account], Sequence[Row]],
    taken: Names,
    key: PlanKey,
) -> list[Draft]:
    """Compose every assignment and fit its row to donor rows of its account's view; oldest row first.

    Raises HostError when the host has no rows to learn from, or a decoy's value does not fit a column.
    """
    made = []
    by_account: dict[AccountId, list[Assignment]] = {}
    for one in assignments:
        by_account.setdefault(one.account, []).append(one)
    for name, mine in by_account.items():
        account = accounts[name]
        rng = stream(key, "donors", *(one.decoy for one in mine))
        chosen = choose_donors(donors(account), profile, rng, len(mine))
        if not chosen:
            raise HostError(_("the host table has no rows: a decoy can only be made to look like rows that are there"))
        for one, donor in zip(mine, chosen, strict=True):
            link = donor.get(profile.roles.get(Role.LINK, ""))
            decoy = compose(one, needs, profile, taken, key=key, link_like=str(link) if link else None)
            values = fit_row(decoy, donor, profile, stream(key, "row", decoy.id))
            made.append(_draft(one, account, decoy, _in_view(values, account, profile), profile))
    created = profile.column(profile.created_at)
    return sorted(made, key=lambda one: str(one.row.values.get(created.column.name)) if created else "")


def _draft(
    assignment: Assignment, account: Account, decoy: Decoy, values: dict[str, object], profile: Profile
) -> Draft:
    # An account without an outlet gets rows among another's: what counts is where the row really lies.
    outlet = account.outlet or str(values.get(profile.roles.get(Role.OUTLET, "")) or "")
    planting = Planting(decoy.id, PlantingKind.RESIDENT, account.id, outlet)
    return Draft(assignment, decoy, planting, HostRow(decoy.id, values))


def _in_view(values: dict[str, object], account: Account, profile: Profile) -> dict[str, object]:
    """Put the row into the account's view: the donor may come from a colleague when the account has no rows yet."""
    for role, value in ((Role.ACCOUNT, account.id), (Role.OUTLET, account.outlet)):
        column = profile.roles.get(role)
        if column and value and column in values:
            values[column] = _same_type(value, values[column], role, column)
    return values


def _same_type(value: str, like: object, role: Role, column: str) -> object:
    """Return the account or outlet as the host writes it: a number where its column holds numbers."""
    if not isinstance(like, int):
        return value
    if not (value.isascii() and value.isdigit()):
        raise HostError(
            _(
                "{role} {value!r} cannot stand in column {column!r}, which holds numbers: import accounts "
                "as the host writes them, or leave {role} out of [host.columns]",
                role=role,
                value=value,
                column=column,
            )
        )
    return int(value)
