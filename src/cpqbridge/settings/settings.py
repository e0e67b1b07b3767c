"""All settings together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import Field, PrivateAttr

from cpqbridge.errors import FixConfiguration
from cpqbridge.settings.connections import DEFAULT_NAME, OWN, ConnectionBase, ConnectionName, ConnectionSettings
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.document import Document, Path, dotted
from cpqbridge.settings.mail import MailSettings
from cpqbridge.settings.problems import Problem, WrongSettings
from cpqbridge.settings.telemetry import TelemetrySettings
from cpqbridge.settings.worker import WorkerSettings


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings were read, and for which of several connections they are.

    Settings that say the same are equal, wherever they stand.
    """

    file: str = field(default="settings", compare=False)
    document: Document = field(default_factory=Document, compare=False, repr=False)
    connection: str = field(default="", compare=False)


class Settings(ConnectionBase):
    """What `cpqbridge.yaml` holds.

    With several `connections`, the sections that a connection may have are those of the first one: use `connection`.
    """

    version: Literal[1] = 1
    """The version of the file format."""
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    """Where the history is kept."""
    mail: MailSettings = Field(default_factory=MailSettings)
    """The mail server for alerts."""
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    """How the service works through what is due."""
    telemetry: TelemetrySettings = Field(default_factory=TelemetrySettings)
    """Logs, metrics and traces."""
    connections: dict[ConnectionName, ConnectionSettings] = Field(default_factory=dict)
    """Several orgs, tenants or entities, by name; what one does not say is taken from the top of the file."""
    allow_clear_secrets: bool = False
    """Allow secrets to stand in this file in clear; for try-outs only."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def name(self) -> str:
        """The name of the connection that these settings are for; empty for a whole file with several of them."""
        names = self.connection_names()
        return self._origin.connection or (names[0] if len(names) == 1 else "")

    def connection_names(self) -> tuple[str, ...]:
        """Return the names of all connections, in the order of the file."""
        return tuple(self.connections) or (DEFAULT_NAME,)

    def connection(self, name: str) -> Settings:
        """Return the complete settings of one connection; they still know the others.

        Raises:
            FixConfiguration: CPQ-311, there is none of that name.
        """
        if name not in self.connection_names():
            known = ", ".join(self.connection_names())
            raise FixConfiguration("CPQ-311", f"there is no connection `{name}`; there are: {known}", field=name)
        if not self.connections:
            return self
        chosen = self.connections[name]
        settings = self.model_copy(update={section: getattr(chosen, section) for section in OWN})
        settings.read_from(replace(self._origin, connection=name))
        return settings

    def single(self) -> Settings:
        """Return the settings of the one connection that these are for.

        Raises:
            FixConfiguration: CPQ-311, they are for several, none of which was chosen.
        """
        if not self.name:
            said = (
                f"the configuration has several connections, and none was named: {', '.join(self.connection_names())}"
            )
            raise FixConfiguration("CPQ-311", said, field="connections", remedy="Name one with `--connection`.")
        return self.connection(self.name)

    def chosen(self, name: str | None) -> dict[str, Settings]:
        """Return the settings of one connection, or of all where none is named, by name.

        Raises:
            FixConfiguration: CPQ-311, there is none of that name.
        """
        return {one: self.connection(one) for one in ([name] if name else self.connection_names())}

    def siblings(self, name: str) -> tuple[str, ...]:
        """Return the connections of the same org, this one included, in the order in which they take its orders."""
        if not self.connections:
            return (name,)
        org = self.connection(name).salesforce.login_url.lower()
        same = [one for one, its in self.connections.items() if its.salesforce.login_url.lower() == org]
        return tuple(sorted(same, key=lambda one: self.connections[one].when is None))

    def strangers(self) -> Iterator[tuple[Path, str]]:
        """Give where the channels of alerts name connections that there are not: a path, and what is wrong there."""
        known = self.connection_names()
        for name in known:
            above: Path = ("connections", name) if self.connections else ()
            for channel, its in self.connection(name).alerts.channels.items():
                for place, one in its.strangers(known):
                    path = (*above, "alerts", "channels", channel, "connections", place)
                    yield path, f"names no connection: there is no `{one}`; there are: {', '.join(known)}"

    def read_from(self, origin: Origin) -> None:
        """Remember the file, so that later checks can name its lines."""
        self._origin = origin

    def line(self, path: Path) -> int | None:
        """Return the line, from 1, of the value at a path such as `("mapping", "account", "notes", 0, "when")`.

        None for settings that were not read from a file. The place in a list of one need not be written in the file.
        """
        return self._origin.document.line(self._written(path))

    def wrong(self, found: Iterable[tuple[Path, str]]) -> WrongSettings:
        """Return the error for what checks above the settings have found: paths, each with what is wrong there."""
        document = self._origin.document
        written = [(self._written(path) if document.lines else path, message) for path, message in found]
        problems = [Problem(document.line(path), dotted(document.home(path)), message) for path, message in written]
        return WrongSettings(self._origin.file, list(dict.fromkeys(problems)))

    def _written(self, path: Path) -> Path:
        """Return where a value of this connection stands in the file's data, as far as it is there."""
        if self.connections and path[:1] != ("connections",):
            path = ("connections", self._origin.connection or self.connection_names()[0], *path)
        return self._origin.document.written(path)
