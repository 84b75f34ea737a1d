"""The people who are served."""

from datetime import datetime

from shared.model.base import CustomerId, ResourceId, value


@value
class Consent:
    """What a person agreed to or did not, such as `mail`, `text` or `photos`, and when they said so."""

    to: str
    given: bool
    at: datetime


@value
class Customer:
    """A person. Phones and e-mails are several and shared in families, so neither is unique."""

    id: CustomerId
    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    language: str = ""
    tags: tuple[str, ...] = ()
    alert: str = ""
    """What the desk must see before it books."""
    notes: str = ""
    blocked: bool = False
    merged_into: CustomerId | None = None
    archived: bool = False
    preferred_id: ResourceId | None = None
    """By whom they like to be served."""
    consents: tuple[Consent, ...] = ()
    """The last word on each purpose."""

    @property
    def is_erased(self) -> bool:
        """Whether all that was known of the person is gone: nobody else is archived without a name."""
        return self.archived and not self.name
