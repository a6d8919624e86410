"""Alerts from a pass to real mail and webhook servers, through refusals, crashes and repetition."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from flows import alerts, passes
from flows.alerts import Checked
from flows.passes import Pass
from tasks.alerting import channels
from tasks.alerting.rules import Channel
from tests import receivers
from tests.publisher import Publisher
from tests.receivers import Hook, Mailbox
from warehouse import alerts as record
from warehouse import database
from warehouse.errors import SettingsError
from warehouse.settings import Settings

SECRET = "a secret of the desk"
Check = Callable[..., Checked]
Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with receivers.mailbox() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Hook]:
    with receivers.hook() as got:
        yield got


@pytest.fixture
def rules(settings: Settings, mailbox: Mailbox, hook: Hook) -> Callable[..., None]:
    """Writes a file of rules with both channels; a rule on a topic if none is given."""

    def write(
        rule: str = 'kind = "topic"\ntopics = ["diplomacy"]', *, to: str = '["mail", "desk"]', head: str = ""
    ) -> None:
        settings.data.mkdir(exist_ok=True)
        (settings.data / "alerts.toml").write_text(f"""
            {head}
            [channels.mail]
            url = "mailto://me:pass-word-1@127.0.0.1:{mailbox.port}/?from=a@b.example&to=c@d.example&mode=insecure"
            [channels.desk]
            webhook = "{hook.url}?token=hidden-in-address"
            secret = "{SECRET}"
            [[rules]]
            name = "talks"
            channels = {to}
            {rule}
        """)

    return write


@pytest.fixture
def check(settings: Settings) -> Check:
    """A check of the alerts, so many minutes from now."""

    def run(*, minutes: float = 0, **arguments: Any) -> Checked:
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        return alerts.check(settings, clock=lambda: now, **arguments)

    return run


def news(publisher: Publisher, *titles: str, site: str = "https://courier.example") -> None:
    """What the publisher's feed holds now, all of an hour ago."""
    at = format_datetime(datetime.now(UTC) - timedelta(hours=1))
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><title>{title}</title><link>{site}/{n}</link>"
        f"<pubDate>{at}</pubDate></item>"
        for n, title in enumerate(titles)
    )
    publisher.documents["a.xml"] = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a pass that brought one story which the rule is about."""
    folder = tmp_path_factory.mktemp("talked")
    with Publisher().running() as publisher:
        news(publisher, "Trump and Maduro speak by phone &amp;lt;script&amp;gt;", "Rain in Lisbon")
        (folder / "feeds.txt").write_text(publisher.urls())
        settings = Settings(data=folder / "data", allow_addresses=("127.0.0.1",), host_delay_seconds=0.0)
        passes.monitor(settings, feeds_file=folder / "feeds.txt", everything=True)
    return settings.data


@pytest.fixture
def talked(template: Path, settings: Settings) -> None:
    """That pass in the test's own data folder."""
    shutil.copytree(template, settings.data, symlinks=True)


def body_of(mail: EmailMessage) -> str:
    return "\n".join(str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")


@pytest.mark.usefixtures("talked")
def test_an_alert_reaches_mail_and_webhook_once(
    rules: Callable[..., None], check: Check, mailbox: Mailbox, hook: Hook, ask: Ask
) -> None:
    rules()
    raised: list[str] = []
    done = check(on_raised=lambda told: raised.extend(alert.text for alert in told))
    assert (len(done.raised), done.delivered_count, done.failures, done.waiting_count) == (1, 2, (), 0)
    assert len(raised) == 1
    (mail,) = mailbox.mails
    assert "Trump and Maduro speak by phone" in body_of(mail)
    assert "<script>" not in body_of(mail)
    assert mail["Subject"] == "usven: talks"
    for minutes in (0, 60, 600):
        assert check(minutes=minutes) == Checked()
    assert (len(mailbox.mails), len(hook.requests)) == (1, 1)
    assert ask("SELECT channel, status, attempt_count, delivered_at IS NOT NULL FROM core.alerts ORDER BY 1") == [
        ("desk", "delivered", 1, True),
        ("mail", "delivered", 1, True),
    ]


@pytest.mark.usefixtures("talked")
def test_a_webhook_is_signed_with_its_time_and_carries_the_alert(
    rules: Callable[..., None], check: Check, hook: Hook
) -> None:
    rules(to='["desk"]')
    check()
    ((headers, body),) = hook.requests
    signed = headers["usven-timestamp"].encode() + b"." + body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["usven-signature"] == f"sha256={expected}"
    given = json.loads(body)
    assert given["message_id"] == headers["idempotency-key"]
    assert given["alerts"][0]["url"] == "https://courier.example/0"


@pytest.mark.usefixtures("talked")
def test_a_webhook_on_a_private_address_is_refused_unless_it_is_allowed(
    rules: Callable[..., None], settings: Settings, hook: Hook
) -> None:
    rules()
    guarded = Settings(data=settings.data)
    complaint = alerts.test(guarded, ["desk"], now=datetime.now(UTC))["desk"]
    assert "USVEN_ALLOW_ADDRESSES" in str(complaint)
    assert not hook.requests
    assert alerts.test(settings, ["desk"], now=datetime.now(UTC)) == {"desk": None}


@pytest.mark.usefixtures("talked")
def test_what_is_refused_is_tried_again_later_and_shows_no_secret(
    rules: Callable[..., None], check: Check, mailbox: Mailbox, hook: Hook, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    rules()
    mailbox.refusal, hook.status = "451 try again", 503
    done = check()
    assert (done.delivered_count, done.waiting_count, len(done.failures)) == (0, 2, 2)
    (first, _), *_ = hook.requests
    assert check(minutes=4).delivered_count == 0
    mailbox.refusal, hook.status = "", 200
    assert check(minutes=6).delivered_count == 2
    assert (len(mailbox.mails), len(hook.requests)) == (1, 2)
    assert hook.requests[1][0]["idempotency-key"] == first["idempotency-key"]
    seen = f"{done.failures} {ask('FROM core.alerts')} {capfd.readouterr()}"
    assert "503" in str(done.failures)
    assert not [secret for secret in (SECRET, "pass-word-1", "hidden-in-address") if secret in seen]


@pytest.mark.usefixtures("talked")
def test_news_of_two_days_ago_is_given_up(rules: Callable[..., None], check: Check, hook: Hook, ask: Ask) -> None:
    rules(to='["desk"]')
    hook.status = 500
    check()
    assert check(minutes=49 * 60).waiting_count == 0
    assert ask("SELECT status, attempt_count FROM core.alerts") == [("failed", 2)]


@pytest.mark.usefixtures("talked")
def test_after_a_crash_while_sending_mail_is_not_doubled_and_a_webhook_can_tell(
    rules: Callable[..., None], check: Check, mailbox: Mailbox, hook: Hook, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules()
    send, dead = channels.send, set[str]()

    def send_and_die_once(channel: Channel, *arguments: Any, **named: Any) -> str | None:
        complaint = send(channel, *arguments, **named)
        if str(channel) not in dead:
            dead.add(str(channel))
            raise KeyboardInterrupt
        return complaint

    monkeypatch.setattr(channels, "send", send_and_die_once)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            check()
    check()
    assert len(mailbox.mails) == 1
    first, second = (headers["idempotency-key"] for headers, _ in hook.requests)
    assert first == second
    assert ask("SELECT channel, status FROM core.alerts ORDER BY 1") == [("desk", "delivered"), ("mail", "uncertain")]


@pytest.mark.usefixtures("talked")
def test_what_was_recorded_before_a_crash_is_sent_by_the_next_check(
    rules: Callable[..., None], check: Check, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(to='["mail"]')

    def die(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(on_raised=die)
    assert not mailbox.mails
    done = check()
    assert (done.raised, done.delivered_count, len(mailbox.mails)) == ((), 1, 1)


def test_a_story_that_grows_is_told_once_and_what_comes_in_the_cool_down_is_gathered(
    publisher: Publisher, poll: Callable[..., Pass], rules: Callable[..., None], check: Check, mailbox: Mailbox
) -> None:
    rules(to='["mail"]')
    first = "Trump and Maduro speak by phone"
    news(publisher, first)
    poll()
    check()
    news(publisher, first, "Trump and Maduro speak by phone for an hour", "Grenell meets Delcy Rodríguez in Caracas",
         "US and Venezuela resume talks in Doha")  # fmt: skip
    poll()
    assert check(minutes=1).delivered_count == 0
    assert check(minutes=31).delivered_count == 1
    told = "\n".join(map(body_of, mailbox.mails))
    assert told.count("phone (") <= 2, "in text and in HTML"
    assert "Doha" in body_of(mailbox.mails[1])
    assert "Caracas" in body_of(mailbox.mails[1])


def test_a_changed_headline_and_a_dark_feed_are_told(
    publisher: Publisher, poll: Callable[..., Pass], rules: Callable[..., None], check: Check, ask: Ask
) -> None:
    news(publisher, "Trump and Maduro speak by phone", site=publisher.url(""))
    poll()
    ((outlet_id,),) = ask("SELECT DISTINCT outlet_id FROM core.articles")
    rules(f'kind = "headline"\noutlets = ["{outlet_id}"]\n[[rules]]\nname = "dark"\nkind = "dark"', to='["desk"]')
    news(publisher, "Trump and Maduro quarrel by phone", site=publisher.url(""))
    poll()
    assert "quarrel" in check().raised[0].text
    publisher.statuses["a.xml"] = 500
    poll()
    assert not check().raised
    assert "has not answered" in check(minutes=25 * 60).raised[0].text


@pytest.mark.usefixtures("talked")
def test_without_a_file_the_bundled_rules_hold_and_send_nothing(check: Check, settings: Settings, ask: Ask) -> None:
    assert alerts.read(settings).channels == {}
    assert check() == Checked()
    with pytest.raises(SettingsError, match="has no channels"):
        alerts.test(settings, [], now=datetime.now(UTC))


@pytest.mark.usefixtures("talked")
def test_a_channel_that_is_gone_from_the_file_is_told(
    rules: Callable[..., None], check: Check, mailbox: Mailbox, settings: Settings
) -> None:
    rules(to='["mail"]')
    mailbox.refusal = "451 no"
    check()
    (settings.data / "alerts.toml").write_text("")
    done = check(minutes=10)
    assert "no longer has the channel 'mail'" in done.failures[0]
    assert done.waiting_count == 0


def test_a_merged_story_counts_as_told(
    settings: Settings, talked: None, rules: Callable[..., None], check: Check
) -> None:
    rules(to='["desk"]')
    (alert,) = check().raised
    with database.writing(settings.warehouse_path) as connection:
        connection.execute("UPDATE core.articles SET story_id = 'other' WHERE story_id = ?", [alert.story_id])
        connection.execute(
            "INSERT INTO core.stories SELECT * REPLACE ('other' AS story_id) FROM core.stories WHERE story_id = ?",
            [alert.story_id],
        )
        connection.execute(
            "UPDATE core.stories SET merged_into_story_id = 'other' WHERE story_id = ?", [alert.story_id]
        )
        assert ("talks", "other") in record.told(connection)
