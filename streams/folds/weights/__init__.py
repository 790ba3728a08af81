"""System 3: each user's weights. `RULES` tells where an event's rule lives."""

from collections.abc import Mapping
from typing import Final

from events.weights import SYSTEM as EVENTS
from projections.weights.read_model import READ_MODEL
from projections.weights.tables import USERS
from streams.folds.weights.settling import settle_user
from streams.folds.weights.users import PURGING_CHORES, USER_DELETED, USER_REGISTERED, WEIGHTS_SET
from streams.rule import Rule, RuleFold
from streams.system import StreamSystem

RULES: Final[Mapping[str, Rule]] = {
    "weights.user_registered": USER_REGISTERED,
    "weights.weights_set": WEIGHTS_SET,
    "weights.user_deleted": USER_DELETED,
}

SYSTEM: Final = StreamSystem(
    EVENTS, RuleFold(RULES, version=1, chores=PURGING_CHORES, settles={USERS: settle_user}), READ_MODEL
)
