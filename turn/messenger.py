"""Messages that come later than their turn: put into words when they are sent, with the content of that moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dialogs.happening import Happening
from dialogs.reply import Reply
from faq.library import Library
from turn.model import Incoming, Post
from turn.ports import Clock, Renderer


@dataclass(frozen=True, slots=True)
class Messenger:
    """Writes what posts say."""

    renderer: Renderer
    library: Callable[[], Library]
    clock: Clock

    def written(self, post: Post, reply: Reply) -> Post:
        """The post with ``reply`` as its activity, in the language of its payload. It answers no activity.

        The id of the activity is the post's: sent twice, a local conversation keeps it once.
        """
        library, now = self.library(), self.clock.now()
        language = str(post.payload.get("language"))
        if language not in library.languages:
            language = library.default_language
        reference = {name: value for name, value in post.address.reference.items() if name != "activityId"}
        address = replace(post.address, reference=reference)
        user = str(post.payload.get("user") or "")
        setting = Incoming(address, post.id, user, Happening.MESSAGE, now)
        activity = self.renderer.render(reply, language, setting, post.id)
        activity |= {"id": post.id, "timestamp": now.isoformat(timespec="milliseconds")}
        return replace(post, address=address, payload={"activity": activity})
