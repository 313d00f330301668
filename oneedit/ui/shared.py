"""A conversation as others see it who have its link: to read, and nothing else."""

from nicegui import run

from oneedit.queue.transcripts import Transcripts, outcome_words
from oneedit.ui.log import Log
from oneedit.ui.parts import card, sentences, words
from oneedit.ui.site import Visit


async def shared(visit: Visit) -> None:
    """Build the page of a link.

    Raises:
        LinkEnded: it was revoked, or never was one.
    """
    secret = str(visit.request.path_params["secret"])
    actor, transcripts = visit.actor, Transcripts(visit.site.queue)
    found = await run.io_bound(transcripts.shared, actor, secret)
    if found is None:  # the server is shutting down
        return
    conversation, turns = found
    words(conversation.title, tag="h2")
    words(f"Shared by {conversation.owner}, to read.", "quiet", tag="p")
    log = Log()
    for turn in turns:
        with log.add(turn.message, mine=False):
            title, *rest = outcome_words(turn) or [""]
            if title:
                with card(title, "chat_bubble_outline", "plain"):
                    sentences(rest)
