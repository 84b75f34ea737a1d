"""The people who are served."""

from shared.model.base import CustomerId, value


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

    @property
    def is_erased(self) -> bool:
        """Whether all that was known of the person is gone: nobody else is archived without a name."""
        return self.archived and not self.name
