"""What waits in the outbox is sent, at least once and not for ever."""

from datetime import timedelta
from typing import Final

import structlog

from shared import clock
from syncserver.effects.letters import letter_of
from syncserver.effects.mail import NotSent, Post
from syncserver.services.identity.resets import answer_wishes
from syncserver.services.jobs.rounds import Rounds
from syncserver.services.outbox import opened
from syncserver.services.server import Server
from syncserver.store.mails import Mail, drop_mail, give_up_mail, note_trouble, take_mail

log = structlog.get_logger()

EVERY: Final = 2.0
"""Seconds between two looks into the outbox."""
GIVE_UP_AFTER: Final = timedelta(hours=24)
_AT_ONCE: Final = 100
"""Mails of one round."""


class Sender:
    """Sends what waits, for as long as the server runs; several servers share the work."""

    def __init__(self, server: Server, post: Post) -> None:
        self._server, self._post = server, post
        self._rounds = Rounds("mail", self.look, every=EVERY)
        self.start, self.close = self._rounds.start, self._rounds.close

    def look(self) -> None:
        """Send what is due. Raises StorageFault."""
        answer_wishes(self._server)
        for _ in range(_AT_ONCE):
            # Of each mail anew: how long nobody else takes it counts from here, and the one before may have taken long.
            if self._rounds.ended or (mail := take_mail(self._server.engine, clock.now())) is None:
                break
            self._try(mail)

    def _try(self, mail: Mail) -> None:
        engine = self._server.engine
        fields = opened(self._server, mail.id, mail.fields)
        if fields is None:
            self._give_up(mail, "its key was retired")
            return
        try:
            # By the address of now: the server may have moved since the mail was put here.
            said = {**fields, "server": self._server.settings.address, "recipient": mail.recipient}
            self._post.send(letter_of(mail.id, mail.kind, mail.recipient, said))
        except NotSent as refused:
            if refused.for_good or clock.now() > mail.created_at + GIVE_UP_AFTER:
                self._give_up(mail, str(refused))
            else:
                log.warning("mail.not_sent", mail=mail.id, kind=mail.kind, tries=mail.tries, why=str(refused))
                note_trouble(engine, mail.id, str(refused))
            return
        drop_mail(engine, mail.id)
        log.info("mail.sent", mail=mail.id, kind=mail.kind, tries=mail.tries)

    def _give_up(self, mail: Mail, why: str) -> None:
        log.error("mail.given_up", mail=mail.id, kind=mail.kind, tries=mail.tries, why=why)
        give_up_mail(self._server.engine, mail.id, why, clock.now())
