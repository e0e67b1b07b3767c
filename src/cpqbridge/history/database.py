"""The database behind the ledger: which one, its connections, and its failures in cpqbridge's words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, TextClause, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from cpqbridge.errors import CpqBridgeError, FixConfiguration, RetryLater
from cpqbridge.history.documents import dumps, loads
from cpqbridge.history.postgres import EmbeddedPostgres
from cpqbridge.history.redact import redact_text
from cpqbridge.history.upgrade import READ_ONLY, upgrade
from cpqbridge.settings.database import DatabaseSettings

CONNECTIONS = 8
"""Connections of one process, and threads that wait for their answers; one more connection is the session."""

_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
"""Seconds, and at last milliseconds: a server that has gone without a word is given up after about as long."""

REPEATS = 2
"""Times that a transaction is made again which the server has undone, because others waited for it in a circle."""

MARK = text(
    """
    SELECT pid || ' ' || extract(epoch FROM backend_start) FROM pg_stat_get_activity(pg_backend_pid())
    """
)
"""Gives what tells the session from all others that there ever were."""

T = TypeVar("T")


class Database:
    """An open database; blocking work is done in threads of its own, one statement per round trip.

    Attributes:
        process: The name of this process among all that use the database; another one can end its session by it.
        errors: How often the database has failed since it was opened.
    """

    def __init__(self, engine: Engine, process: str = "", embedded: EmbeddedPostgres | None = None) -> None:
        self._engine = engine
        self._embedded = embedded
        self.process = process
        self._mark = ""
        self.errors = 0
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="cpqbridge-ledger")
        self._session: Connection | None = None
        self._session_thread = ThreadPoolExecutor(1, thread_name_prefix="cpqbridge-session")
        self._distrusted = False
        event.listen(engine, "handle_error", self._distrust)

    @property
    def address(self) -> str:
        """The address, with the password; for the driver there is `conninfo`."""
        return self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @property
    def conninfo(self) -> str:
        """What the driver connects by, with the password; what an address must escape is in it as it is."""
        return _conninfo(self._engine.url)

    @property
    def session(self) -> str | None:
        """The mark of the session that stays open (see `run_in_session`); None where it is lost, or not open yet."""
        lost = self._session is None or self._session.invalidated or self._session.closed
        return None if lost else self._mark

    async def revive(self) -> None:
        """Start the embedded server again where it has gone; a server of the user's own is left to them.

        Raises:
            FixConfiguration: CPQ-306, it cannot be started.
        """
        if self._embedded is not None:
            await asyncio.to_thread(self._embedded.revive)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` makes of a connection (each statement commits by itself).

        Raises:
            RetryLater: CPQ-101, the database has gone away.
            FixConfiguration: CPQ-306, it refuses the work.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)

    def _run(self, work: Callable[[Connection], T]) -> T:
        with self._counted(), _in_own_words(), self._engine.connect() as connection:
            return work(connection)

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` makes of a connection in one transaction: all of it holds, or nothing.

        Raises:
            RetryLater: CPQ-101, the database has gone away.
            FixConfiguration: CPQ-306, it refuses the work.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transact, work)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._counted(), _in_own_words():
            for _ in range(REPEATS):
                try:
                    return self._transact_once(work)
                except DBAPIError as error:
                    if not isinstance(error.orig, psycopg.errors.DeadlockDetected):
                        raise
            return self._transact_once(work)

    def _transact_once(self, work: Callable[[Connection], T]) -> T:
        transaction = self._engine.connect().execution_options(isolation_level="READ COMMITTED")
        with transaction as connection, connection.begin():
            return work(connection)

    async def run_in_session(self, statement: TextClause, parameters: Mapping[str, Any]) -> tuple[list[Any], str]:
        """Return what a statement gives in the session that stays open as long as the database, and the session's mark.

        Another mark than before means another session: all that the earlier one held is lost.

        Raises:
            RetryLater: CPQ-101, the database has gone away, and all that the session held with it.
        """

        def work() -> tuple[list[Any], str]:
            with self._counted(), _in_own_words():
                session = self._open_session()
                return list(session.execute(statement, parameters).scalars().all()), self._mark

        return await asyncio.get_running_loop().run_in_executor(self._session_thread, work)

    def _open_session(self) -> Connection:
        """Return the session, or a new one where it is lost; its mark is known before anybody uses it.

        Where nothing can be written there is none: locks of a replica, say, are free at the primary server.
        """
        if self._distrusted and self._session is not None:
            self._session.invalidate()
        self._distrusted = False
        if self._session is None or self._session.invalidated or self._session.closed:
            self._session = None
            session = self._engine.connect()
            if session.execute(READ_ONLY).scalar_one():
                session.invalidate()
                raise RetryLater("CPQ-101", "The database takes no writes now")
            self._mark = session.execute(MARK).scalar_one()
            self._session = session
        return self._session

    def _distrust(self, context: ExceptionContext) -> None:
        """Give up all connections where one takes no writes: each may stay so, whatever the server allows later."""
        if isinstance(context.original_exception, psycopg.errors.ReadOnlySqlTransaction):
            context.is_disconnect = True
            self._distrusted = True

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except CpqBridgeError:
            self.errors += 1
            raise

    def close(self) -> None:
        """Close all connections."""
        self._threads.shutdown()
        self._session_thread.shutdown()
        if self._session is not None:
            self._session.close()
        self._engine.dispose()


@asynccontextmanager
async def open_database(settings: DatabaseSettings, process: str = "") -> AsyncIterator[Database]:
    """Open the user's own PostgreSQL, or else the embedded one, and bring its tables up to date.

    Args:
        settings: Which database.
        process: The name of this process among all that use it.

    Raises:
        FixConfiguration: CPQ-302, CPQ-306 or CPQ-308, with the remedy.
    """
    address = settings.address()
    embedded = None if address else EmbeddedPostgres(settings.data_dir)
    try:
        database = await asyncio.to_thread(_open, address or "", embedded, process)
        try:
            yield database
        finally:
            await asyncio.to_thread(database.close)
    finally:
        if embedded:
            await asyncio.to_thread(embedded.release)


def session_name(process: str) -> str:
    """Return the name of all sessions of a process, as the server shows it."""
    return f"cpqbridge {process}".strip()[:63]


def _open(address: str, embedded: EmbeddedPostgres | None, process: str) -> Database:
    engine = create_engine(
        _url(embedded.start() if embedded else address),
        isolation_level="AUTOCOMMIT",
        pool_size=CONNECTIONS + 1,
        max_overflow=0,
        json_serializer=dumps,
        json_deserializer=loads,
        connect_args={"application_name": session_name(process), "connect_timeout": 10, **_ALIVE},
    )
    event.listen(engine, "connect", _read_committed)
    try:
        with _in_own_words(opening=True):
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine, process, embedded)


def _read_committed(connection: psycopg.Connection[Any], _record: object) -> None:
    """Have statements see what others have committed when a lock comes free, whatever is usual in the database."""
    connection.execute("SET default_transaction_isolation TO 'read committed'")
    connection.commit()


_SIGNS = re.compile(r"[^@]*|(?![^@]*[?&]password=)[^@:/?#\[\]]*(:[^@]*)?@[^@]*")
"""What may follow the :// of an address: no @ but the one after the user and the password."""


def _url(address: str) -> URL:
    """Return an address in the driver's form; a wrong one is not repeated, as any part of it may be the password."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise _wrong("is not one of a PostgreSQL", "Write it as postgresql://user:password@host:5432/database.")
    if not _SIGNS.fullmatch(address.partition("://")[2]):
        raise _wrong(
            "has more than one @, or one in a wrong place",
            "Write an @ of the password as %40, and likewise : as %3A, / as %2F, # as %23.",
        )
    url = url.set(drivername="postgresql+psycopg")
    try:
        _conninfo(url)
    except (psycopg.Error, ValueError):
        url = None
    if url is None:
        raise _wrong("has an option that PostgreSQL does not know", "Look at what follows its ?.")
    return url


def _wrong(said: str, remedy: str) -> FixConfiguration:
    return FixConfiguration("CPQ-306", f"The database address {said}", field="database.url", remedy=remedy)


def _conninfo(url: URL) -> str:
    return make_conninfo(**url.get_dialect()().create_connect_args(url)[1])


_SIGN_IN = r"InvalidPassword|InvalidAuthorization|password authentication failed|role .* does not exist|no password"

_MORE_CONNECTIONS = (
    "Raise the connection limit of the user or the server: each process needs up to 9, and up to 5 more for each "
    "connection of the configuration."
)

REMEDIES = (
    (_SIGN_IN, "Check the user and the password in the database address."),
    (r"InvalidCatalogName|database .* does not exist", "Create the database, or correct its name in the address."),
    (r"InsufficientPrivilege", "Let the database user make its schemas: GRANT CREATE ON DATABASE … TO …."),
    (r"DiskFull|No space left", "Free space on the database's disk."),
    (r"ReadOnlySqlTransaction", "Give the address of the primary server, not of a replica."),
    (r"TooManyConnections|too many (connections|clients)|connection slots", _MORE_CONNECTIONS),
)
"""What helps, by the error's class or, while connecting, its words; else the catalogue's remedy holds."""


@contextmanager
def _in_own_words(*, opening: bool = False) -> Iterator[None]:
    """Turn a driver's error into one of the tree.

    What stops a database that could be used before, such as a full disk, may be over later: nothing fails by it.
    """
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        said = redact_text(str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__)
        sign = f"{type(cause).__name__}: {said}"
        remedy = next((text for words, text in REMEDIES if re.search(words, sign)), None)
        if not opening and remedy is not None:
            raise RetryLater("CPQ-101", f"The database cannot be used now: {said}", remedy=remedy) from error
        if not opening and isinstance(cause, psycopg.OperationalError):
            raise RetryLater("CPQ-101", f"The database does not answer: {said}") from error
        raise FixConfiguration(
            "CPQ-306", f"The database cannot be used: {said}", field="database", remedy=remedy
        ) from error
