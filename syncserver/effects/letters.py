"""The words of each kind of mail, from templates."""

from collections.abc import Mapping
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from syncserver.effects.mail import Letter

_TEMPLATES: Final = Environment(
    loader=PackageLoader("syncserver.effects", "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def letter_of(mail_id: str, kind: str, recipient: str, fields: Mapping[str, str]) -> Letter:
    """A mail of a kind that has a template, for somebody; the first line of its text is the subject."""
    subject, _, text = _TEMPLATES.get_template(f"{kind}.txt").render(fields).partition("\n")
    html = _TEMPLATES.get_template(f"{kind}.html").render(fields, subject=subject)
    # A name may hold what ends a header's line.
    plain = " ".join(subject.split())
    return Letter(id=mail_id, recipient=recipient, subject=plain, text=f"{text.strip()}\n", html=html)
