"""The only place that names concrete classes; heavy ones are imported when they are needed."""

import gc
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from controller import rules
from controller.actor import local_user
from controller.controller import Controller
from controller.graph.lexicon import GraphLexicon
from controller.graph.networkx_store import NetworkxStore
from controller.graph.store import GraphStore
from controller.policy import Policy
from controller.screening.request import TripleScreen
from controller.screening.screens import triple_screens
from controller.screening.toxicity import ToxicityScreen
from interpreter.interpreter import Interpreter, Reader
from kg_data.entities import Lexicon
from kg_data.errors import ExpectedError
from kg_data.phrases import Phrases
from kg_data.prompting import AUTOMATIC, Prompting, PromptStyle, draw_shots
from kg_data.relations import RelationBook
from kg_data.shipped import Dataset, shipped_dataset
from oneedit.conversations.conversations import Conversations
from oneedit.edits.consolidate import Consolidator
from oneedit.edits.context import EditContext
from oneedit.edits.decision import Decider
from oneedit.edits.rollback import RollBacker
from oneedit.edits.trial import TrialRunner
from oneedit.edits.undo import Undoer
from oneedit.errors import BadReplicas, GraphInMemory, HomeExists, LedgerEmpty, StyleMismatch
from oneedit.guards.loading import load_guard
from oneedit.jobs.catalogue import shipped_kinds
from oneedit.jobs.imports import Imports
from oneedit.jobs.jobs import Jobs
from oneedit.jobs.runner import JobRunner
from oneedit.jobs.scheduler import JobScheduler
from oneedit.knowledge.interview import Interview
from oneedit.knowledge.knowledge_file import KnowledgeFile
from oneedit.ledger.credentials import Credentials
from oneedit.ledger.genesis import Genesis, ensure_genesis, recorded_dtype, recorded_prompting
from oneedit.ledger.jobs import JobRecords
from oneedit.ledger.ledger import Ledger, Snapshot
from oneedit.ledger.location import Location
from oneedit.ledger.record import LedgerRecord
from oneedit.ledger.tickets import Tickets
from oneedit.people.access_tokens import AccessTokens
from oneedit.people.people import People
from oneedit.people.sign_in import Doorkeeper
from oneedit.ports import Checkpoint, EditorPort, PatchStorePort, no_checkpoint
from oneedit.queries.as_of import Historian
from oneedit.queries.ask import Answerer, EditedModel
from oneedit.queries.blame import Blamer
from oneedit.queries.explore import Explorer
from oneedit.queries.inspect import Inspector
from oneedit.queries.interviewer import Interviewer
from oneedit.queue.events import Broadcast
from oneedit.queue.queue import EditQueue
from oneedit.queue.worker import Worker
from oneedit.replicas.answers import PoolPort, ReplicaAnswers
from oneedit.replicas.ray_pool import RayPlan, RayPool, check_installed
from oneedit.replicas.replica import Replica
from oneedit.service import EditService
from oneedit.settings import Settings, keep_settings
from oneedit.state.graph_loading import Share, load_graph
from oneedit.state.lock import HomeLock
from oneedit.state.projector import Projector
from oneedit.state.readers import GraphReader
from oneedit.state.recorded import RecordedModel, RecordedPatches
from oneedit.upkeep.doctor import Doctor
from oneedit.upkeep.founding import SHIPPED, Founding
from oneedit.upkeep.start import open_checked, remove_partials

if TYPE_CHECKING:
    from editor.editor import Editor
    from oneedit.reading.loading import ModelReading


@dataclass(frozen=True, kw_only=True)
class Application:
    """Everything, wired."""

    home: Path
    book: RelationBook
    service: EditService
    ledger: Ledger
    projector: Projector
    editor: EditorPort
    patches: PatchStorePort
    store: GraphStore
    lexicon: Lexicon
    queue: EditQueue
    people: People
    conversations: Conversations
    doorkeeper: Doorkeeper
    tokens: AccessTokens
    worker: Worker
    jobs: Jobs
    imports: Imports
    runner: JobRunner
    scheduler: JobScheduler
    pool: PoolPort | None = None

    def close(self) -> None:
        """End the worker, the jobs and the replicas; close the ledger, the graph, the model."""
        self.scheduler.stop()
        self.worker.stop()
        if self.pool is not None:
            self.pool.close()
        self.editor.close()
        self.scheduler.join()
        self.worker.join()
        self.ledger.close()
        self.store.close()
        gc.unfreeze()  # see ``build``; libraries look for leaks when the process ends


def build(
    settings: Settings, *, replicas: bool = False, founding: Founding | None = None
) -> Application:
    """Return the application that the settings describe, at the ledger's version.

    Args:
        settings: the settings.
        replicas: start the replicas that the settings ask for, and let them answer.
        founding: what a new home is made from; by default what comes with OneEdit.

    Raises:
        BadReplicas, NotInstalled, ReplicasUnavailable: they do not start.
        BadReaderModel: the chat model that reads messages cannot be asked.
        EditorError: the settings name no model, or one that cannot be edited or does not fit.
        BadFile: the policy cannot be read.
        ScreenFailed: the guard cannot be loaded.
        GraphUnavailable: the graph's server cannot be used.
        GraphForeign, GraphAhead: the server's graph is not that of the home.
        GenesisMismatch: the home was made for another model.
        LedgerUnavailable: the home or the database cannot be used.
        LedgerNewer, LedgerNotDurable, BadDatabaseUrl: neither can the database, for good.
        StateMismatch: the patches are not those that the ledger recorded.
    """
    import torch

    from editor.patches.patch import PatchStore

    if replicas:
        check_replicas(settings)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    made_from, home = founding or Founding.shipped(), settings.home
    book, reading = made_from.book, reading_of(settings)
    with ExitStack() as on_failure:
        store = open_store(settings, book)
        on_failure.callback(store.close)
        prompting = _prompting_of_home(settings, made_from)
        editor = load_editor(settings, prompting, book)
        application = assemble(
            home,
            book,
            made_from.data,
            reason=made_from.reason,
            editor=editor,
            patches=PatchStore(home / "patches"),
            start_pool=partial(start_pool, settings) if replicas and settings.replicas else None,
            max_chains=settings.consequences,
            answer_timeout=settings.answer_timeout,
            store=store,
            policy=Policy.load(settings.policy) if settings.policy else None,
            screens=_screens(settings, store, editor.encoder.tokenizer.all_special_tokens),
            location=ledger_location(settings),
            prompting=editor.encoder.prompting,
            reading=reading,
        )
        on_failure.callback(application.close)
        application.service.interviewer.first_check()
        on_failure.pop_all()
    # the graph stays for the life of the process; each collection would look at all of it again
    gc.collect()
    gc.freeze()
    return application


def reading_of(settings: Settings) -> "ModelReading | None":
    """Return the chat model that reads what rules cannot; None if the settings name none.

    Raises:
        BadReaderModel: it cannot be asked.
    """
    if not settings.reader_model:
        return None
    from oneedit.reading.loading import load_reading

    return load_reading(settings)


def prompting_of(
    settings: Settings, ledger: Ledger | None, founding: Founding | None = None
) -> Prompting:
    """Return how questions are put to the model: as a ledger recorded, or as for a new one.

    Args:
        settings: the settings.
        ledger: the ledger of the home, if there is one.
        founding: what a new home is made from; by default what comes with OneEdit.

    Raises:
        StyleMismatch: the settings name another style than the home was made with.
    """
    wanted = settings.prompt_style
    recorded = None if ledger is None else recorded_prompting(ledger)
    if recorded is None:
        made_from = founding or Founding.shipped()
        return Prompting(wanted, draw_shots(made_from.data.facts, made_from.book))
    if wanted not in {PromptStyle.AUTO, recorded.style}:
        raise StyleMismatch(settings.home, recorded.style, wanted)
    return recorded


def _prompting_of_home(settings: Settings, founding: Founding) -> Prompting:
    location = ledger_location(settings)
    if location.in_file and not location.path.exists():
        return prompting_of(settings, None, founding)
    with closing(open_checked(settings.home, founding.book, location=location)) as ledger:
        return prompting_of(settings, ledger, founding)


def make_home(settings: Settings, founding: Founding) -> Application:
    """Make a home, keep its settings in it, and return the application at version 0.

    Raises:
        HomeExists: there is one.
        EditorError, GraphUnavailable, LedgerUnavailable: as in :func:`build`; no home was made.
    """
    _refuse_home(settings)
    new = not settings.home.exists()
    kept = keep_settings(settings)
    try:
        return build(settings, founding=founding)
    except BaseException:
        kept.unlink()
        if new and not any(settings.home.iterdir()):
            settings.home.rmdir()
        raise


def _refuse_home(settings: Settings) -> None:
    """Check that there is no version yet where a home is to be made.

    Raises:
        HomeExists: there is one.
        LedgerMissing: there are patches, but no ledger.
    """
    location = ledger_location(settings)
    if location.in_file and not location.path.exists():
        return
    book = RelationBook.shipped()
    with closing(open_checked(settings.home, book, location=location)) as ledger:
        if ledger.head() >= 0:
            raise HomeExists(settings.home, ledger.head())


def load_editor(settings: Settings, prompting: Prompting, book: RelationBook) -> "Editor":
    """Load the model of the settings.

    Args:
        settings: the settings.
        prompting: how questions are put to it.
        book: the relation book.

    Raises:
        EditorError: the settings name no model, or one that cannot be edited or does not fit.
    """
    from editor.editor import Editor
    from editor.model.loading import load

    cache = settings.home / "statistics"
    dtype = dtype_to_load(settings)
    model, encoder = load(settings.model, device=settings.device, dtype=dtype, prompting=prompting)
    editor = Editor(model, encoder, book, cache=cache, text=settings.statistics_text)
    cache.mkdir(parents=True, exist_ok=True)  # a model that is refused leaves no home behind
    return editor


def dtype_to_load(settings: Settings) -> str:
    """Return the dtype to load the weights in: with "auto", the one that the home was made with.

    So a home that was made on a CPU opens on a GPU, and the other way round. Homes that have not
    recorded it were made in what "auto" meant then: float32 on a CPU, and bfloat16 elsewhere.

    Raises:
        NoDevice: the device is not available.
        LedgerUnavailable, LedgerNewer, BadDatabaseUrl: the home cannot be read.
    """
    from editor.model.loading import device_of

    if settings.dtype != "auto":
        return settings.dtype
    recorded = recorded_dtype(ledger_location(settings))
    if recorded == "":
        return "float32" if device_of(settings.device) == "cpu" else "bfloat16"
    return recorded or "auto"


def check_replicas(settings: Settings) -> None:
    """Check that the replicas of the settings have something that runs them.

    Raises:
        BadReplicas: only their number or only the engine is given.
        NotInstalled: Ray is not installed.
    """
    if bool(settings.replicas) != bool(settings.engine):
        raise BadReplicas(settings.replicas, settings.engine)
    if settings.engine:
        check_installed()


def start_pool(settings: Settings) -> RayPool:
    """Start the replicas of the settings and wait until they are at the ledger's head.

    Raises:
        NotInstalled, ReplicasUnavailable: they do not start.
    """
    from editor.model.loading import device_of

    on_gpu = device_of(settings.device) != "cpu"
    everywhere = {  # paths that mean the same in another folder; Ray numbers the GPUs of each
        "home": settings.home.resolve(),
        "model": str(Path(settings.model).resolve())
        if Path(settings.model).exists()
        else settings.model,
        "device": "cuda" if on_gpu else "cpu",
    }
    plan = RayPlan(
        replicas=settings.replicas,
        cpus=settings.threads or 1,
        gpus=int(on_gpu),
        address=settings.ray_address,
    )
    return RayPool.start(partial(open_replica, settings.model_copy(update=everywhere)), plan)


def open_replica(settings: Settings) -> Replica:
    """Return a replica of the model of a home, at the ledger's head, in this process.

    Raises:
        EditorError: the model cannot be loaded.
        GenesisMismatch: it is not the home's.
        ReplicaQuarantined: its weights are not those that the ledger recorded.
    """
    import torch

    from editor.patches.patch import PatchStore

    torch.set_num_threads(settings.threads or 1)
    ledger = Ledger.at(ledger_location(settings), RelationBook.shipped())
    return Replica(
        partial(load_editor, settings, prompting_of(settings, ledger), ledger.book),
        ledger,
        PatchStore(settings.home / "patches"),
    )


def build_reader(settings: Settings) -> Application | None:
    """Return the application without the model, for what needs none; torch is not loaded.

    What needs the model raises ``ModelNeeded``. Its worker must not be started.

    Returns:
        None if the home has no version yet: its first one needs the model.

    Raises:
        GraphUnavailable, LedgerUnavailable, LedgerNewer, LedgerNotDurable, BadDatabaseUrl, BadFile:
            as in :func:`build`.
    """
    book, home, location = RelationBook.shipped(), settings.home, ledger_location(settings)
    if location.in_file and not location.path.exists():
        return None
    with ExitStack() as on_failure:
        ledger = open_checked(home, book, location=location)
        on_failure.callback(ledger.close)
        if ledger.head() < 0:
            return None
        store = open_store(settings, book)
        on_failure.callback(store.close)
        application = assemble(
            home,
            book,
            None,
            editor=RecordedModel(ledger),
            patches=RecordedPatches(home / "patches"),
            max_chains=settings.consequences,
            store=store,
            policy=Policy.load(settings.policy) if settings.policy else None,
            location=location,
        )
        on_failure.pop_all()
    return application


def _screens(
    settings: Settings, store: GraphStore, special_tokens: Sequence[str]
) -> tuple[TripleScreen, ...]:
    """Return the screens that need no model, and that of the guard if there is one."""
    screens = triple_screens(store, special_tokens=special_tokens)
    if not settings.guard:
        return screens
    guard = load_guard(settings.guard, settings.guard_options)
    return (*screens, ToxicityScreen(guard))


def open_store(settings: Settings, book: RelationBook) -> GraphStore:
    """Return the store that the settings name: Neo4j where they give its address.

    Raises:
        GraphUnavailable: the server cannot be used.
    """
    if not settings.neo4j_uri:
        return NetworkxStore()
    from controller.graph.neo4j_store import Neo4jStore

    return Neo4jStore.connect(
        settings.neo4j_uri,
        book,
        user=settings.neo4j_user,
        password=settings.neo4j_password.get_secret_value(),
        database=settings.neo4j_database,
    )


def ledger_location(settings: Settings) -> Location:
    """Return where the settings keep the ledger: in PostgreSQL where they give its address."""
    return Location.in_home(settings.home, settings.database_url)


def rebuild_graph(settings: Settings, progress: Share | None = None) -> Snapshot:
    """Fill the graph's server from the ledger, whatever it holds, and return what it was given.

    No model is loaded. An edit that is going on is waited for.

    Raises:
        GraphInMemory: the settings name no server.
        GraphUnavailable: the server cannot be used.
        LedgerEmpty: the home has no version yet.
    """
    if not settings.neo4j_uri:
        raise GraphInMemory
    book, location = RelationBook.shipped(), ledger_location(settings)
    if location.in_file and not location.path.exists():
        raise LedgerEmpty(settings.home)
    with (
        HomeLock(settings.home).held(),
        closing(open_store(settings, book)) as store,
        closing(open_checked(settings.home, book, location=location)) as ledger,
    ):
        if ledger.head() < 0:
            raise LedgerEmpty(settings.home)
        return load_graph(ledger, store, progress)


def graph_in_memory(settings: Settings, book: RelationBook) -> GraphStore:
    """Return the facts of the home, or those of a new one; no model is loaded, no lock is taken.

    Args:
        settings: the settings.
        book: the relation book of a new home; it is replaced by that of the home.

    Raises:
        LedgerUnavailable, LedgerNewer, BadDatabaseUrl: the home cannot be read.
    """
    store, location = NetworkxStore(), ledger_location(settings)
    if not location.in_file or location.path.exists():
        with closing(open_checked(settings.home, book, location=location)) as ledger:
            if ledger.head() >= 0:
                load_graph(ledger, store)
                return store
    data = shipped_dataset()
    facts = [fact for fact in data.facts if not fact.ended]
    store.load(data.entities, facts, version=0, origin="")
    return store


def doctor(settings: Settings, store: GraphStore | None, *, model: bool = False) -> Doctor:
    """Return what checks the home of the settings; torch is loaded only with ``model``.

    Args:
        settings: the settings.
        store: the graph of a server, see :func:`open_store`; None for one in memory.
        model: compare the model's weights, too.
    """
    return Doctor(
        home=settings.home,
        book=RelationBook.shipped(),
        data=shipped_dataset(),
        store=store,
        weights=partial(problem_of_weights, settings) if model else None,
        location=ledger_location(settings),
    )


def problem_of_weights(settings: Settings) -> str:
    """Load the model, and return why its weights are not those of the last version, or ""."""
    try:
        with closing(build(settings)) as application:
            application.service.verify(local_user())
    except ExpectedError as error:
        return str(error)
    return ""


def assemble(  # noqa: PLR0913  it names every part
    home: Path,
    book: RelationBook,
    data: Dataset | None,
    *,
    reason: str = SHIPPED,
    editor: EditorPort,
    patches: PatchStorePort,
    checkpoint: Checkpoint = no_checkpoint,
    max_chains: int = 200,
    answer_timeout: float = 120.0,
    store: GraphStore | None = None,
    policy: Policy | None = None,
    screens: Sequence[TripleScreen] | None = None,
    location: Location | None = None,
    start_pool: Callable[[], PoolPort] | None = None,
    prompting: Prompting = AUTOMATIC,
    reading: "ModelReading | None" = None,
) -> Application:
    """Wire everything around a model, and bring it to the ledger's version.

    Args:
        home: folder of the ledger; made where it is missing.
        book: what the relations mean.
        data: the facts of version 0; None for a home that has it, and whose graph is loaded when
            something first reads it.
        reason: words of version 0 for the history.
        editor: the model, without patches.
        patches: where patches are kept.
        checkpoint: called at the labelled points of an edit.
        max_chains: changed chains that an edit teaches at most, step by step; none where the
            prompt style has no steps.
        answer_timeout: seconds to wait for an answer of the model.
        store: keeps the graph; closed with the application. None keeps it in memory.
        policy: the verdicts of findings; by default the policy that comes with OneEdit.
        screens: checks for harm; by default those that need no model.
        location: where the ledger is kept; by default in a file of the home.
        start_pool: starts replicas, which then answer instead of the model that is edited.
        prompting: how questions are put to the model.
        reading: the chat model that reads what rules cannot; None reads by rules alone.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = HomeLock(home)
    genesis = None if data is None else _genesis(data, book, editor, prompting, reason)
    ledger = _open_ledger(lock, book, genesis, location or Location.in_home(home), checkpoint)
    server, store = store, NetworkxStore() if store is None else store
    lexicon = GraphLexicon(store)
    projector = Projector(ledger, store, editor, patches, checkpoint)
    if data is not None:
        projector.start()
    pool = start_pool() if start_pool else None
    known = KnowledgeFile(home, editor.base_hash, book)
    context = EditContext(
        controller=Controller(
            store,
            book,
            policy=policy or Policy.shipped(),
            screens=screens,
            allowed=ledger.is_allowed,
            record=LedgerRecord(ledger),
        ),
        editor=editor,
        trials=TrialRunner(
            editor=editor,
            projector=projector,
            phrases=Phrases(book, questions=prompting.asks),
            max_chains=max_chains if prompting.style.writes_steps else 0,
            knowledge=known.read,
        ),
        decider=Decider(ledger),
        ledger=ledger,
        projector=projector,
        lock=lock,
    )
    interviewer = Interviewer(
        interview=Interview(
            editor=editor,
            store=store,
            book=book,
            phrases=Phrases(book, questions=prompting.asks),
        ),
        file=known,
        ledger=ledger,
        projector=projector,
    )
    roll_backer = RollBacker(context)
    rules = GraphReader(book, projector)
    reader: Reader = rules
    if reading is not None:
        reader = reading.after(rules, book, rules.names.gazetteer, rules.names.hold)
    service = EditService(
        interpreter=Interpreter(reader),
        context=context,
        undoer=Undoer(context, roll_backer),
        roll_backer=roll_backer,
        consolidator=Consolidator(context),
        answerer=Answerer(
            model=ReplicaAnswers(pool) if pool else EditedModel(editor, projector),
            projector=projector,
            lexicon=lexicon,
            book=book,
            timeout=answer_timeout,
            style=prompting.style,
        ),
        inspector=Inspector(
            home=home, ledger=ledger, projector=projector, editor=editor, lexicon=lexicon
        ),
        historian=Historian(ledger=ledger, projector=projector, lexicon=lexicon),
        blamer=Blamer(ledger=ledger, projector=projector, lexicon=lexicon),
        interviewer=interviewer,
        explorer=Explorer(ledger=ledger, projector=projector, lexicon=lexicon),
    )
    queue = EditQueue(service, Tickets(ledger), Broadcast())
    checked: Doctor | None = None
    if data is not None:
        checked = Doctor(home=home, book=book, data=data, store=server, location=ledger.location)
    worker, records, kinds = Worker(queue), JobRecords(ledger), shipped_kinds(checked)
    runner = JobRunner(records, kinds, service, queue.people)
    credentials = Credentials(ledger)
    return Application(
        home=home,
        book=book,
        service=service,
        ledger=ledger,
        projector=projector,
        editor=editor,
        patches=patches,
        store=store,
        lexicon=lexicon,
        queue=queue,
        people=queue.people,
        conversations=queue.conversations,
        doorkeeper=Doorkeeper(queue.people, credentials),
        tokens=AccessTokens(queue.people, credentials),
        worker=worker,
        jobs=Jobs(records, kinds),
        imports=Imports(records, book),
        runner=runner,
        scheduler=JobScheduler(runner, lambda: worker.owns),
        pool=pool,
    )


def _open_ledger(
    lock: HomeLock,
    book: RelationBook,
    genesis: Genesis | None,
    location: Location,
    checkpoint: Checkpoint,
) -> Ledger:
    """Open the ledger of a home; only before version 0 this waits for who holds its lock.

    Args:
        lock: the home's lock.
        book: what the relations mean.
        genesis: what version 0 is made from, or compared with; None compares nothing.
        location: where the ledger is.
        checkpoint: called at the labelled points of an edit.
    """
    home = lock.home
    with lock.held_if_free() as free:
        if free or not location.in_file or location.path.exists():
            ledger = open_checked(home, book, location=location, checkpoint=checkpoint)
            if free:
                remove_partials(home)
            if genesis is None:
                return ledger
            if free or ledger.head() >= 0:
                ensure_genesis(ledger, genesis)
                return ledger
            ledger.close()
    with lock.held():
        ledger = open_checked(home, book, location=location, checkpoint=checkpoint)
        if genesis is not None:
            ensure_genesis(ledger, genesis)
        return ledger


def _genesis(
    data: Dataset, book: RelationBook, editor: EditorPort, prompting: Prompting, reason: str
) -> Genesis:
    return Genesis(
        entities=data.entities,
        facts=data.facts,
        derived=lambda: rules.closure(data.facts, book),
        facts_sha256=data.sha256,
        base_hash=editor.base_hash,
        state_hash=editor.live_hash(),
        prompting=prompting,
        dtype=editor.dtype,
        reason=reason,
    )
