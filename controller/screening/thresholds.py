"""The figures of the screens; the table ``[screening]`` of the policy file sets them."""

from pydantic import BaseModel, ConfigDict, Field

from controller.actor import Tier


class TierLimits(BaseModel):
    """One limit for each trust tier."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    new: int = Field(ge=1)
    known: int = Field(ge=1)
    curator: int = Field(ge=1)

    def of(self, tier: Tier) -> int:
        """Return the limit of a tier."""
        return {Tier.NEW: self.new, Tier.KNOWN: self.known, Tier.CURATOR: self.curator}[tier]


class ScreeningThresholds(BaseModel):
    """When the screens give a signal.

    Attributes:
        velocity_minutes: window of the velocity of an actor, minutes.
        velocity_edits: edits of one actor in the window, this one included, that are too many.
        burst_minutes: window of a burst of a new account, minutes.
        burst_edits: edits of a new account in that window, this one included, that are a burst.
        window_hours: window of concentration and of mass edits over several messages, hours.
        concentration_subjects: subjects that one actor gives the same object in the window.
        concentration_share: and these as a share of the subjects that had the object before;
            both must be reached, so that many facts about a hub are ordinary.
        mass_message: changed facts of one relation in one message that are a mass edit.
        mass_window: changed facts of one relation by one actor in the window.
        message_facts: changed facts of all relations in one message.
        edit_war_hours: window of an edit war, hours.
        edit_war_flips: edits that bring back, or take back, a value changed in the window; one
            correction of one's own slip is one flip.
        reverted_days: window of the share of undone edits of an actor, days.
        reverted_edits: fewest edits in it for the share to count.
        reverted_share: share of undone edits, 0 to 1, from which the actor's edits are reviewed.
        living_years: somebody born at most so many years ago lives unless a death is recorded.
        contemporary_years: somebody whose relative or teacher was born more years ago is dead.
        near_length_1: shortest name, in letters, for which one changed letter is a near duplicate.
        near_length_2: shortest name for which two changed letters are one.
        toxicity: score of a toxicity model, 0 to 1, from which it is a signal.
        toxicity_facts: facts of one message that a toxicity model reads at most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    velocity_minutes: int = Field(default=60, ge=1)
    velocity_edits: TierLimits = TierLimits(new=10, known=100, curator=500)
    burst_minutes: int = Field(default=10, ge=1)
    burst_edits: int = Field(default=5, ge=2)
    window_hours: int = Field(default=24, ge=1)
    concentration_subjects: TierLimits = TierLimits(new=5, known=20, curator=50)
    concentration_share: float = Field(default=0.25, ge=0)
    mass_message: TierLimits = TierLimits(new=10, known=50, curator=200)
    mass_window: TierLimits = TierLimits(new=30, known=200, curator=1000)
    message_facts: TierLimits = TierLimits(new=20, known=100, curator=500)
    edit_war_hours: int = Field(default=168, ge=1)
    edit_war_flips: int = Field(default=3, ge=2)
    reverted_days: int = Field(default=30, ge=1)
    reverted_edits: int = Field(default=4, ge=1)
    reverted_share: float = Field(default=0.5, gt=0, le=1)
    living_years: int = Field(default=115, ge=1)
    contemporary_years: int = Field(default=180, ge=1)
    near_length_1: int = Field(default=8, ge=4)
    near_length_2: int = Field(default=14, ge=6)
    toxicity: float = Field(default=0.5, gt=0, le=1)
    toxicity_facts: int = Field(default=50, ge=1)
