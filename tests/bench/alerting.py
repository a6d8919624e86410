"""Kills `usven alerts check` at random moments and counts what arrived: `python -m tests.bench.alerting [ROUNDS]`.

Each round brings a story of its own, kills the check (-9) as a message arrives or at a random moment, and then lets one
finish, for which an hour has passed. Mail must come at most once for each story, a webhook's message at least once
and always with the same id, and every alert must end as delivered, or as uncertain where it is told by mail.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from flows import alerts, passes
from tests import receivers
from tests.publisher import Publisher
from tests.receivers import Hook, Mailbox
from warehouse import database
from warehouse.settings import Settings


def rules(mailbox: Mailbox, hook: Hook) -> str:
    return f"""
        [channels.mail]
        url = "mailto://me:word@127.0.0.1:{mailbox.port}/?from=a@b.example&to=c@d.example&mode=insecure"
        [channels.desk]
        webhook = "{hook.url}"
        secret = "a secret of the desk"
        [[rules]]
        name = "talks"
        kind = "keyword"
        words = ["round*"]
        everything = true
        channels = ["mail", "desk"]
        cool_down_minutes = 0
    """


def bring(publisher: Publisher, settings: Settings, feeds: Path, number: int) -> None:
    """A pass with one more story, of no affair, so that it stays a story of its own."""
    at = format_datetime(datetime.now(UTC) - timedelta(minutes=1))
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><link>https://courier.example/{n}</link><pubDate>{at}</pubDate>"
        f"<title>Round{n}x of the chess cup is played</title></item>"
        for n in range(number + 1)
    )
    publisher.documents["a.xml"] = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    passes.monitor(settings, feeds_file=feeds, everything=True)


def killed_check(settings: Settings, receiver: Mailbox | Hook | None) -> bool:
    """A check that is killed as its message arrives, or at a random moment; whether it went on until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "alerts", "check", "--data", str(settings.data)],
        env=os.environ | {"USVEN_ALLOW_ADDRESSES": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if receiver:
        receiver.on_arrival = process.kill
    with suppress(subprocess.TimeoutExpired):
        process.wait(None if receiver else random.uniform(1.0, 8.0))
    process.kill()
    if receiver:
        receiver.on_arrival = lambda: None
    return process.wait() == -signal.SIGKILL


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name, Publisher().running() as publisher:
        folder = Path(name)
        settings = Settings(data=folder / "data", allow_addresses=("127.0.0.1",), host_delay_seconds=0.0)
        (folder / "feeds.txt").write_text(publisher.url("a.xml"))
        with receivers.mailbox() as mailbox, receivers.hook() as hook:
            settings.data.mkdir()
            (settings.data / "alerts.toml").write_text(rules(mailbox, hook))
            kills = 0
            for number in range(rounds):
                bring(publisher, settings, folder / "feeds.txt", number)
                kills += killed_check(settings, (mailbox, hook, None)[number % 3])
                later = datetime.now(UTC) + timedelta(hours=1)
                alerts.check(settings, clock=lambda later=later: later)  # type: ignore[misc]
            show(settings, mailbox, hook, kills)


def show(settings: Settings, mailbox: Mailbox, hook: Hook, kills: int) -> None:
    with database.reading(settings.published_path) as connection:
        ends = connection.execute(
            "SELECT channel, status, count(*) FROM core.alerts GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        stories = connection.execute("SELECT count(DISTINCT subject) FROM core.alerts").fetchone()
    told = Counter(alert["subject"] for _, body in hook.requests for alert in json.loads(body)["alerts"])
    ids: dict[str, set[str]] = {}
    for headers, body in hook.requests:
        for alert in json.loads(body)["alerts"]:
            ids.setdefault(alert["subject"], set()).add(headers["idempotency-key"])
    texts = Counter(line for mail in mailbox.mails for line in str(mail).splitlines() if line.startswith("Round"))
    print(f"{kills} checks killed while they went on; {stories[0] if stories else 0} stories told; {ends}")
    print(f"mails: {len(mailbox.mails)}, stories told by mail more than once: {sum(n > 1 for n in texts.values())}")
    print(f"webhook: {len(hook.requests)} messages, {sum(n > 1 for n in told.values())} stories told again, "
          f"{sum(len(found) > 1 for found in ids.values())} of them under another id")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
