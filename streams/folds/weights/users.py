"""Users: registered, their weights set, deleted."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from events.distributions import DEFAULT_HUNDREDTHS
from events.weights import UserDeleted, UserRegistered, WeightsSet
from projections.weights.read_model import PAGES
from projections.weights.tables import HISTORY, USERS, User, UserVersion
from streams.folding import Change, Chore, Refused, States, put, start_chore
from streams.purging import removed_by_page
from streams.rule import Reads, Rule


def reads_user(event: UserRegistered | WeightsSet | UserDeleted, states: States) -> Reads:
    """The user alone: versions are only ever added, and go by a chore."""
    return ((USERS, (event.user_id,)),)


def live_user(states: States, user_id: str) -> User | None:
    """The user, or None when nothing was heard of it yet. Raises Refused when it was removed."""
    user = states.get(USERS, (user_id,))
    if user is not None and user.deleted:
        raise Refused("removed", f"user {user_id!r} was removed")
    return user


def registered(event: UserRegistered, states: States) -> list[Change]:
    """The user begins with the weights of everybody; one who is there keeps what stands."""
    if live_user(states, event.user_id) is not None:
        return []
    return stands(event, User(event.user_id), DEFAULT_HUNDREDTHS)


def weights_set(event: WeightsSet, states: States) -> list[Change]:
    """The weights stand as given, if they follow the version that the event expects."""
    user = live_user(states, event.user_id) or User(event.user_id)
    if event.expected_version not in (None, user.version):
        reason = f"user {event.user_id!r} is at version {user.version}, not {event.expected_version}"
        raise Refused("version_conflict", reason)
    return stands(event, user, event.weights.hundredths)


def stands(event: UserRegistered | WeightsSet, user: User, hundredths: tuple[int, int, int]) -> list[Change]:
    """The next version of the user's weights."""
    community, environment, workers = hundredths
    after = replace(
        user,
        community=community,
        environment=environment,
        workers=workers,
        version=user.version + 1,
        set_at=event.at,
    )
    version = UserVersion(
        user.user_id, after.version, community, environment, workers, event.at, str(event.id)
    )
    return [put(USERS, after), put(HISTORY, version)]


def deleted(event: UserDeleted, states: States) -> list[Change]:
    """A tombstone for ever, so that what comes later is refused; views hide all of it at once."""
    live_user(states, event.user_id)
    return [
        put(USERS, User(event.user_id, deleted=True)),
        start_chore("purge_history", user_id=event.user_id),
    ]


USER_REGISTERED: Final = Rule(reads_user, registered)
WEIGHTS_SET: Final = Rule(reads_user, weights_set)
USER_DELETED: Final = Rule(reads_user, deleted)

PURGING_CHORES: Final[Mapping[str, Chore]] = {
    "purge_history": removed_by_page(HISTORY, PAGES / "history.sql"),
}
