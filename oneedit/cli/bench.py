"""``oneedit bench``: draw cases, and measure methods on them."""

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from kg_data.errors import BadFile
from kg_data.kept_wordings import with_kept_wordings
from kg_data.phrases import Phrases
from kg_data.relations import RelationBook
from oneedit.bench.casefile import Case, read_cases, write_cases
from oneedit.bench.kept import KeptAsking
from oneedit.bench.scores import StageName, score_table
from oneedit.cli.exits import errors
from oneedit.settings import Settings

if TYPE_CHECKING:
    from oneedit.bench.measure import Measurement

app = typer.Typer(help="Measure what edits do to the model.", no_args_is_help=True)

_TIMES = ("p50_ms", "p99_ms", "max_ms")  # of the benchmark of the graph
DRAWN_PER_INVENTED = 4  # objects of the graph for each invented object


class Mode(StrEnum):
    """How the edits of a case file are made."""

    SINGLE = "single"  # each alone on the base model
    SEQUENTIAL = "sequential"  # each on top of the earlier ones; questions are asked at the end


class StoreName(StrEnum):
    """The stores of graphs."""

    NETWORKX = "networkx"
    NEO4J = "neo4j"


@app.command()
def cases(
    out: Annotated[Path, typer.Option(help="File to write, JSON lines.")],
    seed: Annotated[int, typer.Option()] = 0,
    count: Annotated[int, typer.Option(help="Cases with objects of the graph.", min=1)] = 200,
    *,
    forget: Annotated[bool, typer.Option("--forget", help="Draw facts to remove instead.")] = False,
) -> None:
    """Draw cases over the functional relations, and a quarter more with invented objects.

    With --forget each case removes a fact of the graph, and no objects are invented.
    """
    with errors(as_json=False):
        from oneedit.bench.cases import CaseSampler
        from oneedit.bench.forgetting import ForgetCaseSampler
        from oneedit.bench.world import open_world

        settings = Settings()
        world = open_world(settings)
        sampler = (ForgetCaseSampler if forget else CaseSampler)(world, random.Random(seed))
        outside = 0 if forget else count // DRAWN_PER_INVENTED
        written = write_cases(out, sampler.cases(count, outside=outside))
        world.editor.close()
    typer.echo(f"{written} cases in {out}")
    for reason, number in sorted(sampler.left_out.items()):
        typer.echo(f"{number} more were drawn and left out: {reason}")


@app.command()
def quality(  # noqa: PLR0913  each is an option
    cases: Annotated[Path, typer.Option(help="Case file, JSON lines.")],
    json_out: Annotated[Path, typer.Option("--json", help="File for the score table.")],
    mode: Annotated[Mode, typer.Option()] = Mode.SINGLE,
    method: Annotated[
        str, typer.Option(help="A method of the editor, such as rome; in_context; or unedited.")
    ] = "anchored",
    limit: Annotated[int, typer.Option(help="Number of cases to use; 0 uses all.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the cases, copied to the result.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes, for single edits.", min=1)] = 1,
    stage: Annotated[
        StageName | None,
        typer.Option(help="Measure only this stage of anchored, sequential edits."),
    ] = None,
    kept: Annotated[
        Path | None, typer.Option(help="File of kept wordings, to ask for the edited facts in.")
    ] = None,
) -> None:
    """Make the edits of a case file and ask its questions.

    With --kept, an edited fact is asked for in wordings that neither training nor edits read;
    cases of relations without such wordings are left out.
    """
    with errors(as_json=False):
        from oneedit.bench.measure import (
            check_method,
            has_stages,
            measure_all,
            measure_sequence,
        )

        check_method(method)
        if stage and (mode is Mode.SINGLE or not has_stages(method)):
            rule = f"{mode} edits by {method} have no stages; leave it out"
            raise typer.BadParameter(rule, param_hint="--stage")
        drawn = read_cases(cases) if kept is None else _kept_cases(cases, kept)
        selected = list(drawn)[: limit or None]
        settings = Settings()
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task(f"{method}, {mode}", total=len(selected))
            done = partial(progress.advance, task)
            if mode is Mode.SINGLE:
                outcome = measure_all(selected, method, settings, workers=workers, done=done)
            else:
                stages = [stage] if stage else list(StageName)
                outcome = measure_sequence(
                    selected, method, settings, stages=stages, done=done, kept=kept
                )
        result = {
            "method": method,
            "seed": seed,
            "seconds_per_edit": round(fmean(outcome.seconds or [0.0]), 3),
            "mode": mode.value,
            "cases": len(selected),
            "workers": workers,
            "dropped": dict(sorted(outcome.dropped.items())),
            **score_table(outcome.scored),
            **_sequence_figures(outcome),
        }
        _write(result, json_out)
    _show(result if outcome.scored else {**result, **score_table(outcome.pending)})


@app.command()
def undo(
    cases: Annotated[Path, typer.Option(help="Case file, JSON lines.")],
    json_out: Annotated[Path, typer.Option("--json", help="File for the score table.")],
    count: Annotated[int, typer.Option(help="Edits to undo.", min=1)] = 50,
    limit: Annotated[int, typer.Option(help="Edits that are active at first.", min=1)] = 100,
) -> None:
    """Undo randomly drawn edits out of many active ones, and ask about all of them."""
    with errors(as_json=False):
        from oneedit.bench.measure import measure_undos

        selected = list(read_cases(cases))[:limit]
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("undo", total=count)
            done = partial(progress.advance, task)
            outcome = measure_undos(selected, count, Settings(), done=done)
        result = {
            "method": "undo",
            "seconds_per_edit": round(fmean(outcome.seconds or [0.0]), 3),
            "cases": len(selected),
            "undone": count,
            **score_table(outcome.scored),
            **_sequence_figures(outcome),
        }
        _write(result, json_out)
    _show(result)


@app.command()
def speed(
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
    model: Annotated[
        str, typer.Option(help="demo, a folder, a name on the hub, or gpt2-random-6x256.")
    ] = "demo",
    edits: Annotated[int, typer.Option(help="Edits to make.", min=1)] = 10,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 takes all.", min=0)] = 0,
) -> None:
    """Measure how fast edits are solved, applied and undone, and how much they slow answers."""
    with errors(as_json=False):
        import torch

        from oneedit.bench.models import open_editor
        from oneedit.bench.speed import Speed, published_methods

        settings = Settings()
        torch.set_num_threads(threads or settings.threads or torch.get_num_threads())
        book = RelationBook.shipped()
        editor = open_editor(
            model,
            book,
            published_methods(),
            device=settings.device,
            dtype=settings.dtype,
            text=settings.statistics_text,
        )
        with Console(stderr=True).status("loading") as status:
            figures = {"model": model, **Speed(editor, edits).run(status.update)}
        editor.close()
        if json_out is not None:
            _write(figures, json_out)
    typer.echo(json.dumps(figures, indent=2, ensure_ascii=False))


@app.command()
def read(
    cases: Annotated[Path, typer.Option(help="Messages and what they mean, JSON lines.")],
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no failures.")] = False,
) -> None:
    """Measure how messages are read: intents, triples, edits that nobody asked for, latency."""
    with errors(as_json=False):
        from oneedit.bench.reading import read_case, read_reading_cases, reading_figures
        from oneedit.state.readers import reader_over
        from oneedit.wiring import graph_in_memory

        wanted, book = read_reading_cases(cases), RelationBook.shipped()
        chosen = reader_over(book, graph_in_memory(Settings(), book))
        figures = reading_figures([read_case(chosen, case) for case in wanted])
        if json_out is not None:
            json_out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    if quiet:
        figures.pop("failures")
    typer.echo(json.dumps(figures, indent=1, ensure_ascii=False))


@app.command()
def frames(
    folder: Annotated[Path, typer.Option(help="Folder of framed_facts.jsonl and frames.json.")],
    count: Annotated[int, typer.Option(help="Frames on each side, at most.", min=1)] = 60,
    sample: Annotated[
        int | None, typer.Option(help="Messages that are drawn; all by default.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sample.")] = 0,
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no failures.")] = False,
) -> None:
    """Read facts in every pair of frames: told as they are, or not at all where one denies them."""
    with errors(as_json=False):
        from oneedit.bench.frames import frame_figures, frame_lists
        from oneedit.state.readers import reader_over
        from oneedit.wiring import graph_in_memory

        lists, book = frame_lists(folder).spread(count), RelationBook.shipped()
        chosen = reader_over(book, graph_in_memory(Settings(), book))
        figures = frame_figures(chosen, lists.messages(sample, seed))
        if json_out is not None:
            json_out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    if quiet:
        figures.pop("failures")
    typer.echo(json.dumps(figures, indent=1, ensure_ascii=False))


@app.command()
def names(
    count: Annotated[int, typer.Option(help="Names in all.", min=5_000)] = 100_000,
    seed: Annotated[int, typer.Option(help="Seed of names and messages.")] = 0,
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
) -> None:
    """Measure how long messages take to read over many names, and the update of a name."""
    with errors(as_json=False):
        from oneedit.bench.names import NamesBench

        figures = json.dumps(NamesBench(count, seed).run(), indent=1)
        if json_out is not None:
            json_out.write_text(figures + "\n", encoding="utf-8")
    typer.echo(figures)


@app.command()
def cost(
    cases: Annotated[Path, typer.Option(help="Case file, JSON lines.")],
    method: Annotated[str, typer.Option(help="A method of the editor, such as rome.")] = "anchored",
    limit: Annotated[int, typer.Option(help="Edits to measure.", min=1)] = 20,
    below: Annotated[
        int, typer.Option(help="Earlier edits of the file, consolidated before.", min=0)
    ] = 0,
    *,
    stacked: Annotated[
        bool, typer.Option("--stacked", help="The first 16 edits stay for the next ones.")
    ] = False,
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
) -> None:
    """Measure the CPU seconds of edits by stage, one by one, alone or on top of others."""
    with errors(as_json=False):
        from oneedit.bench.cost import CostBenchmark, cost_figures
        from oneedit.bench.measure import check_method, opened_world

        check_method(method)
        selected = list(read_cases(cases))[: below + limit]
        with opened_world(Settings()) as world, Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task(f"cost of {method}", total=len(selected))
            done = partial(progress.advance, task)
            benchmark = CostBenchmark(world, method)
            live = benchmark.consolidated(selected[:below], done)
            costs = list(benchmark.run(selected[below:], live, stacked=stacked, done=done))
        figures = {"method": method, "below": below, "stacked": stacked, **cost_figures(costs)}
        if json_out is not None:
            rows = [{**asdict(each), "total": round(each.total, 2)} for each in costs]
            _write({**figures, "rows": rows}, json_out)
    typer.echo(json.dumps(figures, indent=2, ensure_ascii=False))


@app.command()
def graph(
    triples: Annotated[int, typer.Option(help="Facts of the made graph.", min=1000)] = 1_000_000,
    store: Annotated[
        StoreName, typer.Option(help="neo4j is measured on ONEEDIT_NEO4J_URI.")
    ] = StoreName.NETWORKX,
    edits: Annotated[int, typer.Option(help="Edits of each kind.", min=1)] = 300,
    seed: Annotated[int, typer.Option()] = 0,
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
) -> None:
    """Measure the load of a made graph, its memory, and the plans of edits of it."""
    with errors(as_json=False):
        from controller.graph.networkx_store import NetworkxStore
        from oneedit.bench.graph import GraphBench, empty_neo4j
        from oneedit.bench.made_graph import MadeGraph

        book = RelationBook.shipped()
        opened = (
            empty_neo4j(Settings(), book)
            if store is StoreName.NEO4J
            else nullcontext(NetworkxStore())
        )
        with opened as empty, Console(stderr=True).status("load") as status:
            bench = GraphBench(empty, MadeGraph(triples, seed), edits, book)
            figures = {"store": store.value, **bench.run(status.update)}
        if json_out is not None:
            _write(figures, json_out)
    _show_graph(figures)


@app.command()
def pull(  # noqa: PLR0913  each is an option
    triples: Annotated[int, typer.Option(help="Facts of the made source.", min=2000)] = 100_000,
    conflicts: Annotated[
        float, typer.Option(help="Share of them in conflict with the graph.", min=0, max=0.05)
    ] = 0.01,
    items: Annotated[int, typer.Option(help="Items of a made Wikidata dump.", min=0)] = 0,
    batch: Annotated[int, typer.Option(help="Records of one batch.", min=1)] = 1_000,
    seed: Annotated[int, typer.Option()] = 0,
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Folder for the homes; by default one that goes.")
    ] = None,
) -> None:
    """Measure a pull: its rate, its memory, and that a killed one goes on exactly.

    With --items the source is a made dump in the form of Wikidata's instead of a table.
    """
    with errors(as_json=False), ExitStack() as stack:
        from oneedit.bench.pull import PullBench, PullWorld
        from oneedit.bench.wikidata_dump import DumpWorld

        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory()))
        with Console(stderr=True).status("pull") as status:
            world = DumpWorld(items, seed) if items else PullWorld(triples, conflicts, seed)
            figures = PullBench(world, folder, batch, status.update).run()
        if json_out is not None:
            _write(figures, json_out)
    typer.echo(json.dumps(figures, indent=2, ensure_ascii=False))


@app.command()
def replicas(
    most: Annotated[int, typer.Option(help="Replicas, at most.", min=1)] = 2,
    asks: Annotated[int, typer.Option(help="Questions for each number of replicas.", min=1)] = 400,
    askers: Annotated[int, typer.Option(help="People who ask at once.", min=1)] = 16,
    commits: Annotated[int, typer.Option(help="Versions to follow.", min=1)] = 20,
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
) -> None:
    """Measure replicas under Ray: answers per second, memory, and how fast they follow."""
    with errors(as_json=False), TemporaryDirectory() as folder:
        from oneedit.bench.replicas import ReplicaBench

        settings = Settings().model_copy(update={"home": Path(folder)})
        bench = ReplicaBench(settings=settings, asks=asks, askers=askers, commits=commits)
        with Console(stderr=True).status("replicas") as status:
            figures = bench.run(most, status.update)
        if json_out is not None:
            _write(figures, json_out)
    typer.echo(json.dumps(figures, indent=2, ensure_ascii=False))


def _write(result: Mapping[str, object], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def _kept_cases(cases: Path, kept: Path) -> Iterator[Case]:
    """Yield the cases of a file, asked in kept wordings."""
    book = with_kept_wordings(RelationBook.shipped(), kept)
    return KeptAsking(Phrases(book)).cases(read_cases(cases))


def _sequence_figures(outcome: "Measurement") -> dict[str, object]:
    """Return the figures that only sequences of edits have."""
    figures: dict[str, object] = {}
    if outcome.fluency:
        figures["fluency"] = outcome.fluency
    if outcome.consolidations:
        figures["seconds_of_consolidations"] = [round(each, 1) for each in outcome.consolidations]
        figures["fits"] = outcome.fits
        figures["pending"] = score_table(outcome.pending)
        figures["gates"] = [
            {
                "passed": report.passed,
                **{name: [score.right, score.asked] for name, score in report.scores.items()},
            }
            for report in outcome.gates
        ]
    if outcome.base_restored is not None:
        figures["base_weights_back"] = outcome.base_restored
    return figures


def _show(result: dict[str, object]) -> None:
    table = Table(title=f"{result['method']}: {result['seconds_per_edit']} s per edit")
    for name in ("kind", "n", "right", "score"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    rows = result["kinds"]
    if isinstance(rows, dict):
        for kind, row in rows.items():
            table.add_row(kind, str(row["n"]), str(row["right"]), f"{row['score']:.3f}")
    Console().print(table)


@app.command()
def conflicts(
    folder: Annotated[Path, typer.Argument(help="Folder with records in files NAME.jsonl.")],
    seed: Annotated[int, typer.Option(help="Seed of the added objects.")] = 0,
) -> None:
    """Plan pairs of edits of public records, and count which second edits are flagged."""
    with errors(as_json=False):
        from oneedit.bench.conflicts import AGREES, ConflictBench, conflict_book, read_records

        book = conflict_book()
        paths = sorted(path for path in folder.glob("*.jsonl"))
        if not paths:
            raise BadFile(folder, None, "it holds no file NAME.jsonl with records")
        table = Table("file", "second edit", "should be", "flagged", "planned")
        every = [list(read_records(path, book)) for path in paths]
        bench = ConflictBench([record for records in every for record in records], book)
        for path, records in zip(paths, every, strict=True):
            counts = bench.run(records, seed=seed)
            for kind in sorted({name for name, _ in counts}, key=lambda name: name in AGREES):
                flagged, quiet = counts[kind, True], counts[kind, False]
                wanted = "quiet" if kind in AGREES else "flagged"
                table.add_row(path.stem, kind, wanted, f"{flagged:,}", f"{flagged + quiet:,}")
        Console().print(table)


def _show_graph(figures: dict[str, Any]) -> None:
    load = figures["load"]
    typer.echo(
        f"{figures['store']}: {figures['triples']} triples loaded in {load['cpu_s']} CPU s "
        f"({load['wall_s']} s, {load['triples_per_cpu_s']} triples per CPU s), "
        f"{load['resident_mib']} MiB more resident memory; "
        f"{figures['facts_about_hub']} facts about the hub, "
        f"{figures['born_in_largest_city']} born in the largest city"
    )
    kinds = ("cpu", "wall") if figures["store"] == StoreName.NEO4J else ("cpu",)
    table = Table(title=f"milliseconds ({' and '.join(kinds)})")
    table.add_column("call", no_wrap=True)
    names = ("n", "blocked", *(f"{kind}_{name}" for kind in kinds for name in _TIMES))
    for name in names:
        table.add_column(name.removesuffix("_ms").replace("_", " "), justify="right")
    for call, row in figures["times"].items():
        table.add_row(call, *(f"{row[name]:g}" for name in names))
    Console().print(table)


@app.command()
def people(
    number: Annotated[int, typer.Option("--people", help="People who edit.", min=1)] = 6,
    edits: Annotated[int, typer.Option(help="Edits that each makes.", min=1)] = 5,
    alone: Annotated[int, typer.Option(help="Edits made one by one, to compare.", min=0)] = 5,
    seed: Annotated[int, typer.Option(help="Seed of the choice of edits.")] = 0,
    json_out: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
) -> None:
    """Let many people edit and ask at once, on fresh homes with the model of the settings."""
    with errors(as_json=False), TemporaryDirectory() as folder:
        from oneedit.bench.people import PeopleBench
        from oneedit.wiring import build

        settings = Settings()
        with Console(stderr=True).status("open the home") as shown:
            bench = PeopleBench(
                open_home=lambda home: build(settings.model_copy(update={"home": home})),
                folder=Path(folder),
                people=number,
                edits=edits,
                alone=alone,
                seed=seed,
                status=shown.update,
            )
            figures = bench.run()
    text = json.dumps(figures, indent=2)
    if json_out:
        json_out.write_text(text + "\n", encoding="utf-8")
    typer.echo(text)
