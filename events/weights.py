"""System 3, weights: each user spreads 1.00 over Community, Environment and Workers.

Topic `groundswell.weights`. The key is the user's id.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue import System
from events.distributions import Distribution, DistributionRule
from events.envelope import Event
from events.fields import Count, Identifier

Weights = Annotated[Distribution, DistributionRule()]


class _OfUser(Event):
    key_field: ClassVar[str] = "user_id"

    user_id: Identifier = Field(description="The user; the key of the record.", examples=["user-42"])


class UserRegistered(_OfUser):
    """A user is there, with the weights that everybody begins with: 0.45, 0.30 and 0.25."""

    type: Literal["weights.user_registered"] = "weights.user_registered"
    v: Literal[1] = 1


class WeightsSet(_OfUser):
    """A user's weights are these from now on; one who is not known yet is registered by it."""

    type: Literal["weights.weights_set"] = "weights.weights_set"
    v: Literal[1] = 1
    weights: Weights = Field(
        description="All three, each from 0 to 1 in whole hundredths, together 1. A number within 1e-9 of a "
        "hundredth is that hundredth.",
        examples=[{"community": 0.5, "environment": 0.3, "workers": 0.2}],
    )
    expected_version: Count | None = Field(
        default=None,
        description="The version of the weights that this is to follow, 0 for none: when another one stands, "
        "the event is refused. Left out: whatever stands.",
        examples=[3],
    )


class UserDeleted(_OfUser):
    """A user was removed, with weights, history and personal impact; what comes later is refused."""

    type: Literal["weights.user_deleted"] = "weights.user_deleted"
    v: Literal[1] = 1


SYSTEM = System(name="weights", types=(UserRegistered, WeightsSet, UserDeleted))
