"""The sender of a decoy's row: the donor's when it is a business, else another business of the host.

Pure. See docs/decisions/0201-senders-kept-or-replaced.md.
"""

import random
from collections.abc import Mapping

from honey.host.profile import Profile
from honey.host.senders import sender_key
from honey.model.waybill import Role, Row


def sender_values(donor: Row, profile: Profile, rng: random.Random) -> Mapping[str, object] | None:
    """Return the sender columns, all of one business; None when the host shows no business sender."""
    if not profile.sender_columns:
        return {}
    kept = profile.senders.get(sender_key(donor, profile.roles))
    if kept is not None:
        return {name: donor.get(name) for name in profile.sender_columns}
    outlet = donor.get(profile.roles[Role.OUTLET]) if Role.OUTLET in profile.roles else None
    businesses = list(profile.senders.values())
    near = [one for one in businesses if outlet in one.outlets] or businesses
    return rng.choices(near, [one.rows for one in near])[0].values if near else None
