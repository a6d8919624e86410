"""The command line: what users type. Each command reads the settings, calls one plain function and shows its result.

Whatever takes long to import is imported by the command that needs it: `usven status` answers at once.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from flows import output
from warehouse import settings as settings_module
from warehouse.errors import SettingsError, UsvenError
from warehouse.settings import Settings

ALL_FAILED = 3
INTERRUPTED = 130
READER_LEFT = 141

app = typer.Typer(
    name="usven",
    help="A news monitor for relations between the United States and Venezuela.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
feeds_app = typer.Typer(help="The catalogue of feeds.", no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(feeds_app, name="feeds")
alerts_app = typer.Typer(help="Alerts by rules of your own.", no_args_is_help=True, rich_markup_mode="markdown")
app.add_typer(alerts_app, name="alerts")
automations_app = typer.Typer(
    help="What Prefect does by itself when runs fail or the warehouse goes stale.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
app.add_typer(automations_app, name="automations")

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the warehouse and all else (USVEN_DATA).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command(epilog="Example: `usven run --all --json`")
def run(
    feeds: Annotated[
        Path | None, typer.Option(help="Poll this catalogue instead: a CSV, an OPML file or a list of addresses.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Poll feeds that are not due yet, too.")] = False,
    share: Annotated[
        str, typer.Option(help="Poll this share of the hosts alone, such as 2/3, where several machines poll.")
    ] = "",
    as_json: Json = False,
    data: Data = None,
) -> None:
    """One pass over the feeds that are due, as a Prefect flow run where a server answers."""
    from flows import passes, runner

    done = runner.monitor(_settings(data), feeds_file=feeds, everything=everything, share=share, say=_say)
    _show(passes.as_json(done) if as_json else [done.message + "."])
    if passes.all_failed(done):
        raise typer.Exit(ALL_FAILED)


@app.command(epilog="Example: `usven demo`, then `usven up` to look at its runs")
def demo(data: Data = None) -> None:
    """The real flows on bundled sample feeds, twice, with a Prefect server of its own."""
    from flows import demo as demonstration

    demonstration.run(_settings(data), say=_say)


@app.command(epilog="Example: `usven up --port 4300`")
def up(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Prefect server and its pages.")] = 4200,
    host: Annotated[
        str, typer.Option(help="Address to serve on; one that others reach needs PREFECT_SERVER_API_AUTH_STRING.")
    ] = "127.0.0.1",
    data: Data = None,
) -> None:
    """Prefect server, deployments, automations and worker for one machine, until Ctrl-C."""
    from flows import service

    service.up(_settings(data), port=port, host=host, say=_say)


@app.command("import", epilog="Example: `usven import items.jsonl.gz saved-feed.xml`")
def import_(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines, CSV or saved feed documents, also gzipped.")],
    cluster: Annotated[
        str,
        typer.Option(help="Address of a Dask scheduler whose workers label and compare, such as tcp://10.0.0.5:8786."),
    ] = "",
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Load items from archives by the way that fetched ones take."""
    from flows import passes, runner

    done = runner.import_files(_settings(data), files, cluster=cluster, say=_say)
    _show(passes.as_json(done) if as_json else [done.message + "."])


@app.command(epilog="Example: `usven tag items.jsonl > labels.jsonl`")
def tag(
    file: Annotated[
        Path | None, typer.Argument(help="JSON Lines with title, summary, text; standard input if empty.")
    ] = None,
    data: Data = None,
) -> None:
    """Label items without a warehouse: JSON Lines in, JSON Lines out."""
    from flows import labelling
    from tasks import jsonlines

    _settings(data)
    items = jsonlines.read(file) if file else jsonlines.parse(sys.stdin.buffer, "standard input")
    for line in labelling.label_items(items):
        typer.echo(line)


@app.command(epilog="Example: `usven replay --since 2026-01-01`, then the same with `--apply`")
def replay(
    since: Annotated[datetime | None, typer.Option(help="Only articles reported since this time (UTC).")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Store the result; otherwise it is only shown.")] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Rebuild from the raw archive instead of labelling anew.")
    ] = False,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """What the present rules, or a rebuild from the raw archive, would change in what is stored."""
    from flows import rebuilding, retagging

    settings = _settings(data)
    if rebuild and since:
        raise SettingsError("--since goes with labelling anew; a rebuild takes all.")
    if rebuild:
        rebuilt = rebuilding.rebuild(settings, apply=apply, progress=_say)
        _show(rebuilding.as_json(rebuilt) if as_json else rebuilding.lines(rebuilt))
    else:
        since = since.replace(tzinfo=UTC) if since else None
        found = retagging.retag(settings, since=since, apply=apply, progress=_say)
        _show(retagging.as_json(found) if as_json else retagging.lines(found))


@app.command(epilog="Example: `usven upkeep --json`")
def upkeep(as_json: Json = False, data: Data = None) -> None:
    """What is due once a day: laws checked, a backup, old raw documents dropped, free space given back."""
    from flows import housekeeping

    done = housekeeping.keep(_settings(data), progress=_say)
    _show(housekeeping.as_json(done) if as_json else housekeeping.lines(done))
    if done.broken:
        raise typer.Exit(1)


@app.command(epilog="Example: `usven backup /mnt/backups/usven`")
def backup(
    folder: Annotated[Path, typer.Argument(help="Folder of backups; each becomes a folder in it.")],
    without_archive: Annotated[bool, typer.Option("--without-archive", help="Leave out the raw archive.")] = False,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """A consistent, verified copy of the warehouse, and of what the raw archive has gained."""
    from flows import saving

    made = saving.back_up(_settings(data), folder, with_archive=not without_archive)
    _show(saving.as_json(made) if as_json else [saving.describe(made)])


@app.command(epilog="Example: `usven restore /mnt/backups/usven`")
def restore(
    folder: Annotated[Path, typer.Argument(help="A backup, or a folder of them, of which the newest is taken.")],
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Put a backup in the warehouse's place, once it is verified; what was there stays beside it."""
    from flows import saving

    done = saving.restore(_settings(data), folder)
    _show(saving.restored_as_json(done) if as_json else [saving.describe_restored(done)])


@app.command(epilog="Example: `usven transfer 'ducklake:postgres:dbname=usven host=db' --lake s3://usven/lake`")
def transfer(
    target: Annotated[str, typer.Argument(help="The warehouse to fill: a DuckDB file, or ducklake:postgres:….")],
    lake: Annotated[str, typer.Option(help="Folder or URL of the Parquet files, where the target is a lake.")] = "",
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Copy the whole warehouse into another one, a file or a lake, and compare the two; this one stays."""
    from flows import saving

    done = saving.transfer(_settings(data), target, lake=lake)
    _show(saving.transferred_as_json(done) if as_json else [saving.describe_transferred(done)])


@app.command(epilog="Example: `usven export /tmp/usven-export`")
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write; an earlier export in it is replaced.")],
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Marts and core tables as Parquet and CSV, and the articles as items for `usven import`."""
    from warehouse import export as exporting

    written = exporting.write(_settings(data).published_path, folder, now=datetime.now(UTC))
    if as_json:
        _print_json({"folder": str(written.folder), "rows": written.counts})
    else:
        typer.echo(f"{len(written.counts)} tables, {sum(written.counts.values())} rows: {written.folder}")


@app.command(epilog="Example: `usven report --out /var/www/usven`")
def report(
    out: Annotated[Path | None, typer.Option(help="Folder to write to; `report` in the data folder if empty.")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="Report what was known at this time (UTC).")] = None,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """The HTML report and the outgoing feeds."""
    from tasks.reporting import site

    settings = _settings(data)
    folder = out or settings.report_dir
    as_of = as_of.replace(tzinfo=UTC) if as_of else None
    written = site.write_site(
        settings.published_path,
        folder,
        now=datetime.now(UTC),
        as_of=as_of,
        queries=settings.queries_dir,
        site_url=settings.site_url,
    )
    for problem in written.problems:
        _say(f"usven: {problem}")
    if as_json:
        counts = {"stories": written.story_count, "pages": written.written_count}
        _print_json({"folder": str(folder), **counts, "problems": written.problems})
    else:
        typer.echo(
            f"{written.story_count} stories in the report, {written.written_count} files written: {written.index}"
        )


@app.command(epilog="Example: `usven brief --html | mail -a 'Content-Type: text/html' -s Brief you@example.org`")
def brief(
    language: Annotated[Literal["en", "es"], typer.Option(help="Language to print.")] = "en",
    as_html: Annotated[bool, typer.Option("--html", help="Print HTML for e-mail instead of Markdown.")] = False,
    out: Annotated[Path | None, typer.Option(help="The report's folder; `report` in the data folder if empty.")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="The 24 hours before this time (UTC).")] = None,
    data: Data = None,
) -> None:
    """What came in within 24 hours, each sentence with the rows it rests on; printed, and written to `brief/`."""
    from tasks.reporting import brief as reporting

    settings = _settings(data)
    as_of = as_of.replace(tzinfo=UTC) if as_of else None
    written = reporting.write(
        settings.published_path,
        out or settings.report_dir,
        now=datetime.now(UTC),
        as_of=as_of,
        site_url=settings.site_url,
    )
    typer.echo(written.pages[language].read_text("utf-8") if as_html else written.texts[language], nl=False)


@app.command(epilog='Example: `usven search "state of emergency" petrol* --topic energy --since 2026-01-01`')
def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help='Words that an article must hold, in any order: `sanction*` for a beginning, "…" for a phrase.'
        ),
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="A word or phrase that it must not hold.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Of this topic; given again, of any of them.")] = None,
    actor: Annotated[list[str] | None, typer.Option(help="Names this actor: id or name.")] = None,
    outlet: Annotated[list[str] | None, typer.Option(help="From this outlet: id or name.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="In this language: en, es, pt, …")] = None,
    since: Annotated[datetime | None, typer.Option(help="Reported since this day or time (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Reported up to this day, or before this time (UTC).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most stories shown.")] = 20,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Full-text search over stories, best first; accents and case do not matter."""
    from flows import searching
    from warehouse.search import Filters

    topics, actors, outlets, languages = (tuple(given or ()) for given in (topic, actor, outlet, language))
    filters = Filters(topics, actors, outlets, languages, since, searching.day_after(until))
    found = searching.find(_settings(data).published_path, words or [], filters, without=without or [], limit=limit)
    if as_json:
        _print_json(searching.as_json(found))
    else:
        searching.show(found, words or [])


@app.command(epilog='Example: `usven sql "SELECT headline, outlets FROM mart.stories LIMIT 10"`')
def sql(
    query: Annotated[str | None, typer.Argument(help="The query; standard input if empty.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the query from a file.")] = None,
    question: Annotated[str | None, typer.Option("--question", "-q", help="Ask a question of docs/queries.md.")] = None,
    questions: Annotated[bool, typer.Option("--list", help="List those questions.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Json = False,
    parquet: Annotated[Path | None, typer.Option(help="Write a Parquet file.")] = None,
    data: Data = None,
) -> None:
    """Read-only SQL on the published copy, with no way out to files or the network."""
    from flows import querying

    # There is nothing to put in order, so the system may end us at Ctrl-C, which Python hears late if at all.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    form = querying.choose(as_csv=as_csv, as_json=as_json, parquet=parquet)
    settings = _settings(data)
    if questions:
        querying.list_questions()
    else:
        querying.show(settings.published_path, querying.text(query, file, question), form, parquet)


@app.command(epilog="Example: `usven status --json`")
def status(as_json: Json = False, data: Data = None) -> None:
    """Last runs, feed health, freshness, size and version of the warehouse."""
    from flows import overview
    from warehouse import status as state

    found = state.read(_settings(data))
    if as_json:
        _print_json(found)
    else:
        overview.show(found)


@app.command(epilog="Example: `usven check --json`")
def check(as_json: Json = False, data: Data = None) -> None:
    """The laws of the warehouse, each with the rows that break it."""
    from flows import checking

    found = checking.check(_settings(data))
    if as_json:
        _print_json(checking.as_json(found))
    else:
        checking.show(found)
    if not all(law.holds for law in found):
        raise typer.Exit(1)


@app.command(epilog="Example: `usven scorecard ~/labelled-data tests/dedup/url_pairs.csv --markdown scorecard.md`")
def scorecard(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Folders or files of labelled data; the current folder if empty.")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the scorecard to this file as Markdown.")] = None,
    mistakes: Annotated[
        Path | None, typer.Option(help="Write every case where program and labels disagree to this file.")
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="Fit the scores of the relevance rules to the labels and write them here.")
    ] = None,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Precision and recall of relevance, topics, language, events, URLs, copies and stories on labelled data."""
    from flows import measuring

    _settings(data)
    card = measuring.score(paths or [Path()], progress=_say)
    if markdown:
        measuring.write(markdown, measuring.markdown(card))
    if mistakes:
        measuring.write(mistakes, measuring.mistakes(card))
    if scores:
        measuring.write_scores(paths or [Path()], scores)
    if as_json:
        _print_json(measuring.as_json(card))
    else:
        measuring.show(card)


@feeds_app.command("list", epilog="Example: `usven feeds list --json`")
def feeds_list(as_json: Json = False, data: Data = None) -> None:
    """The feeds of the catalogue with their state."""
    from flows import feeds

    feeds.show_list(_settings(data), as_json=as_json)


@feeds_app.command("check", epilog="Example: `usven feeds check bbc-mundo https://example.org/news`")
def feeds_check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Feed ids or addresses, of web pages too; all enabled feeds if empty.")
    ] = None,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Fetch each feed once and say what is wrong with it; nothing is stored."""
    from flows import feeds

    if not feeds.check(_settings(data), names or [], as_json=as_json):
        raise typer.Exit(1)


@feeds_app.command("add", epilog="Example: `usven feeds add https://example.org/rss --language es`")
def feeds_add(
    url: Annotated[str, typer.Argument(help="Address of the feed.")],
    name: Annotated[str | None, typer.Option(help="Id of the feed; made from the host if empty.")] = None,
    language: Annotated[str | None, typer.Option(help="en, es or pt.")] = None,
    data: Data = None,
) -> None:
    """Add a feed to the catalogue."""
    from flows import feeds

    typer.echo(feeds.add(_settings(data), url, name=name, language=language))


@feeds_app.command("remove", epilog="Example: `usven feeds remove old-feed`")
def feeds_remove(feed_id: str, data: Data = None) -> None:
    """Take a feed out of the catalogue; what it brought stays."""
    from flows import feeds

    feeds.remove(_settings(data), feed_id)


@feeds_app.command("enable", epilog="Example: `usven feeds enable el-nacional`")
def feeds_enable(feed_id: str, data: Data = None) -> None:
    """Poll a feed again."""
    from flows import feeds

    feeds.enable(_settings(data), feed_id)


@feeds_app.command("disable", epilog='Example: `usven feeds disable el-nacional --why "blocks us"`')
def feeds_disable(
    feed_id: str,
    why: Annotated[str, typer.Option(help="The reason, shown beside the feed.")] = "Disabled by hand.",
    data: Data = None,
) -> None:
    """Stop polling a feed."""
    from flows import feeds

    feeds.disable(_settings(data), feed_id, why)


@feeds_app.command("import", epilog="Example: `usven feeds import subscriptions.opml`")
def feeds_import(
    file: Annotated[Path, typer.Argument(help="A CSV, an OPML file or a list of addresses.")], data: Data = None
) -> None:
    """Add the feeds of a file to the catalogue."""
    from flows import feeds

    typer.echo(feeds.import_file(_settings(data), file))


@feeds_app.command("export", epilog="Example: `usven feeds export --opml > feeds.opml`")
def feeds_export(
    as_opml: Annotated[bool, typer.Option("--opml", help="OPML instead of CSV.")] = False, data: Data = None
) -> None:
    """Print the catalogue as CSV or OPML."""
    from flows import feeds

    typer.echo(feeds.export(_settings(data), as_opml=as_opml), nl=False)


@alerts_app.command("check", epilog="Example: `usven alerts check --dry-run`")
def alerts_check(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be raised; record and send nothing.")
    ] = False,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Raise what the rules find in the warehouse, and deliver what is due, as each pass does at its end."""
    from flows import alerts

    if dry_run:
        found = alerts.preview(_settings(data), now=datetime.now(UTC))
        _show({"would_raise": alerts.as_json(found)} if as_json else alerts.lines(found))
        return
    done = alerts.check(_settings(data))
    if as_json:
        _print_json(
            {
                "raised": alerts.as_json(done.raised),
                "messages_delivered": done.delivered_count,
                "failures": done.failures,
                "waiting": done.waiting_count,
            }
        )
    else:
        _show([*alerts.lines(done.raised), alerts.describe(done) + "."])


@alerts_app.command("test", epilog="Example: `usven alerts test mail`")
def alerts_test(
    channels: Annotated[list[str] | None, typer.Argument(help="Names of channels; all if empty.")] = None,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """Send a sample through the channels."""
    from flows import alerts

    told = alerts.test(_settings(data), channels or [], now=datetime.now(UTC))
    _show({"channels": told} if as_json else [f"{name}: {complaint or 'sent'}" for name, complaint in told.items()])
    if any(told.values()):
        raise typer.Exit(1)


@alerts_app.command("list", epilog="Example: `usven alerts list --limit 5 --json`")
def alerts_list(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, the newest first.")] = 20,
    as_json: Json = False,
    data: Data = None,
) -> None:
    """The latest alerts, and what became of each."""
    from flows import alerts

    found = alerts.newest(_settings(data), limit=limit)
    _show({"alerts": alerts.as_json(found)} if as_json else alerts.lines(found))


@automations_app.command("apply", epilog="Example: `usven automations apply`")
def automations_apply(data: Data = None) -> None:
    """Register the automations at the Prefect server, in place of those of the same names; `usven up` does it too."""
    from flows import runner

    _show(runner.apply_automations(_settings(data)))


def main() -> None:
    """Run a command; what a user can mend becomes one line and an exit status, never a traceback."""
    sys.stdout, sys.stderr = output.telling(sys.stdout), output.telling(sys.stderr)
    try:
        _run()
    except output.ReaderLeft:
        sys.exit(READER_LEFT)


def _run() -> None:
    try:
        try:
            app(standalone_mode=True)
        finally:
            sys.stdout.flush()
    except UsvenError as error:
        typer.echo(f"usven: {error}", err=True)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)


def _settings(data: Path | None) -> Settings:
    return settings_module.load(data=data)


def _show(result: dict[str, Any] | Iterable[str]) -> None:
    """Print a result that is to be read by a program, or lines for a person."""
    if isinstance(result, dict):
        _print_json(result)
    else:
        for line in result:
            typer.echo(line)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    main()
