"""Sends messages: by apprise to the services it knows, and to a webhook with a signature.

What a failure is told by never holds a secret: of a channel's address nothing but its scheme and host is shown.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any
from urllib.parse import unquote, urlsplit

from tasks.alerting.rules import Book, Channel
from tasks.alerting.timing import Delivery
from warehouse.errors import SettingsError

Post = Callable[[str, Mapping[str, str], bytes], str | None]
"""Sends a body to an address with headers; says why it was not taken, None if it was."""

MOST_LINES = 40
LEAST_SECRET = 4
"""Shorter parts of an address are words that hide nothing."""
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel gets: for people a title and a text, for programs the same as JSON."""

    message_id: str
    title: str
    text: str
    payload: dict[str, Any]


def message(delivery: Delivery) -> Message:
    """The message of a delivery."""
    count = len(delivery.alerts)
    title = f"usven: {delivery.rule}" if count == 1 else f"usven: {delivery.rule}, {count} alerts"
    lines = [f"{alert.text}\n{alert.url}" if alert.url else alert.text for alert in delivery.alerts[:MOST_LINES]]
    if count > MOST_LINES:
        lines.append(f"… and {count - MOST_LINES} more: usven alerts list")
    alerts = [
        {
            "alert_id": alert.alert_id,
            "kind": alert.kind,
            "subject": alert.subject,
            "story_id": alert.story_id,
            "raised_at": f"{alert.raised_at:%Y-%m-%dT%H:%M:%SZ}",
            "text": alert.text,
            "url": alert.url,
        }
        for alert in delivery.alerts
    ]
    payload = {"message_id": delivery.delivery_id, "rule": delivery.rule, "alerts": alerts}
    return Message(delivery.delivery_id, title, "\n\n".join(lines), payload)


def notice(title: str, text: str, *, now: datetime) -> Message:
    """A message that is no alert: a sample, or a word to the operator."""
    message_id = hashlib.sha256(f"{title}\n{text}\n{now.isoformat()}".encode()).hexdigest()[:24]
    return Message(message_id, f"usven: {title}", text, {"message_id": message_id, "title": title, "text": text})


def demand_usable(book: Book) -> None:
    """See that apprise knows every address that is meant for it.

    Raises:
        SettingsError: it does not know one.
    """
    for name, channel in book.channels.items():
        if channel.url is not None:
            with _apprise_log():
                is_known = _notifier(channel.url.get_secret_value()) is not None
            if not is_known:
                raise SettingsError(
                    f"Channel {name!r}: its `url` is no address that apprise knows. "
                    "https://github.com/caronc/apprise/wiki has the form of each service's."
                )


def send(channel: Channel, given: Message, *, post: Post, now: datetime) -> str | None:
    """Hand a message to a channel: None when it was taken, else why not, in words without secrets."""
    if channel.webhook is not None:
        body = json.dumps(given.payload, ensure_ascii=False, sort_keys=True).encode()
        secret = channel.secret.get_secret_value() if channel.secret else ""
        url = channel.webhook.get_secret_value()
        complaint = post(url, signed_headers(given.message_id, body, secret, now=now), body)
        return complaint and _without_secrets(complaint, url)
    return _notify(channel.url.get_secret_value() if channel.url else "", given)


def signed_headers(message_id: str, body: bytes, secret: str, *, now: datetime) -> dict[str, str]:
    """Headers of a webhook's request; the signature is HMAC-SHA256 over the timestamp, a dot and the body.

    A receiver computes it anew with the shared secret, compares in constant time, and refuses old timestamps; the
    same message comes with the same key when it is repeated.
    """
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": message_id,
        "Usven-Timestamp": timestamp,
        "Usven-Signature": f"sha256={digest}",
    }


def _notify(url: str, given: Message) -> str | None:
    notifier = _notifier(url)
    if notifier is None:
        return "Apprise does not know this address."
    with _apprise_log() as log:
        if notifier.notify(title=given.title, body=given.text, body_format="text"):
            return None
    return _without_secrets(log.getvalue(), url)


def _notifier(url: str) -> Any:
    # Half a second of import, which only those need that send.
    import apprise

    asset = apprise.AppriseAsset(app_id="usven", app_desc="usven", app_url="", secure_logging=True)
    made = apprise.Apprise(asset=asset)
    return made if made.add(url) else None


@contextmanager
def _apprise_log() -> Iterator[StringIO]:
    """What apprise complains of in the block, kept away from every other log."""
    logger = logging.getLogger("apprise")
    before = logger.propagate, logger.level
    handler = logging.StreamHandler(StringIO())
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield handler.stream
    finally:
        logger.removeHandler(handler)
        logger.propagate, level = before
        logger.setLevel(level)


def _without_secrets(said: str, url: str) -> str:
    """A complaint in one line, without what of the address may be secret."""
    line = " ".join(said.split()) or "The service did not take it, without a word."
    for secret in sorted(_secrets(url), key=len, reverse=True):
        line = re.sub(re.escape(secret), "***", line, flags=re.IGNORECASE)
    return line[:_LONGEST_REASON]


def _secrets(url: str) -> Iterator[str]:
    """Every part of an address but its scheme and its host: which of them is a key is each service's own matter."""
    rest = url.partition("://")[2]
    host = urlsplit(url).hostname or ""
    for part in re.split(r"[/?&=:@#]", rest):
        for form in {part, unquote(part)}:
            if len(form) >= LEAST_SECRET and form.lower() != host.lower():
                yield form
