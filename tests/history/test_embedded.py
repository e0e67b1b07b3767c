"""The embedded PostgreSQL: real clusters, several processes, killed ones, and what can be wrong with a folder."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from cpqbridge.errors import FixConfiguration
from cpqbridge.history.postgres import EmbeddedPostgres, binaries, home, server
from cpqbridge.history.postgres import embedded as embedded_module
from cpqbridge.history.postgres.home import Home, locate
from cpqbridge.history.postgres.identity import Identity
from cpqbridge.history.postgres.sharing import Membership
from cpqbridge.history.postgres.troubles import cannot_use, explain

USER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from cpqbridge.history.postgres import EmbeddedPostgres
    with EmbeddedPostgres(Path(sys.argv[1])) as dsn:
        print(dsn, flush=True)
        sys.stdin.read()
    """
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a user to change to")


@contextmanager
def another_process(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that uses the server until its standard input ends; gives it and the address it got."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def answers(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_data_is_kept_and_the_last_one_out_stops_it(data_dir: Path) -> None:
    first, second = EmbeddedPostgres(data_dir), EmbeddedPostgres(data_dir)
    with psycopg.connect(first.start(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n integer)")
    dsn = second.start()
    pid = server.running_pid(first.home)
    first.release()
    assert server.running_pid(first.home) == pid
    assert answers(dsn)
    second.release()
    second.release()
    assert server.running_pid(first.home) is None
    with EmbeddedPostgres(data_dir) as again, psycopg.connect(again) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_it_is_closed_to_the_network_and_to_strangers(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    with embedded as dsn:
        password = embedded.home.password()
        assert len(password) >= 32
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(dsn.replace(password, "guess"))
        with pytest.raises(psycopg.OperationalError, match=r"no password supplied"):
            psycopg.connect(dsn.replace(f":{password}", ""), passfile="/dev/null")
        with psycopg.connect(dsn) as connection:
            shown = connection.execute(
                "SELECT current_setting('listen_addresses'), current_setting('synchronous_commit'), "
                "(SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256')"
            ).fetchone()
        assert shown == ("", "on", 0)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in embedded.home.folder.iterdir()}
        assert {name: mode & 0o077 for name, mode in modes.items()} == dict.fromkeys(modes, 0)
        assert not (embedded.home.folder / "init").exists()
        assert password not in Path(f"/proc/{server.running_pid(embedded.home)}/cmdline").read_text()


def test_two_processes_share_it_and_a_killed_one_disturbs_nobody(data_dir: Path) -> None:
    with another_process(data_dir) as (starter, dsn):
        embedded = EmbeddedPostgres(data_dir)
        assert embedded.start() == dsn
        pid = server.running_pid(embedded.home)
        with psycopg.connect(dsn) as connection:
            starter.send_signal(signal.SIGKILL)
            starter.wait(10)
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert server.running_pid(embedded.home) == pid
        embedded.release()
        assert server.running_pid(embedded.home) is None


def test_a_server_whose_only_user_was_killed_is_joined_and_then_stopped(data_dir: Path) -> None:
    with another_process(data_dir) as (user, dsn):
        user.send_signal(signal.SIGKILL)
        user.wait(10)
        embedded = EmbeddedPostgres(data_dir)
        left_behind = server.running_pid(embedded.home)
        assert left_behind is not None
        with embedded:
            assert server.running_pid(embedded.home) == left_behind
            assert answers(dsn)
    assert server.running_pid(embedded.home) is None


def test_a_killed_server_starts_again(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    with embedded as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        os.kill(server.running_pid(embedded.home) or 0, signal.SIGKILL)
        embedded._process.wait(10)
        with EmbeddedPostgres(data_dir) as again, psycopg.connect(again) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_nobody_waits_without_end_for_a_process_that_stands_still(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LONGEST_START", "LONGEST_TURN"):
        monkeypatch.setattr(embedded_module, name, 0.1)
    first = EmbeddedPostgres(data_dir)
    dsn = first.start()
    with Membership(first.home.folder).one_at_a_time(0.1):
        for attempt in (first.revive, EmbeddedPostgres(data_dir).start):
            with pytest.raises(FixConfiguration, match=r"stands still while it .* PostgreSQL in") as raised:
                attempt()
            assert raised.value.code == "CPQ-306"
            assert "mutex.lock" in str(raised.value.remedy)
        first.release()
        assert answers(dsn), "who stands still may be starting it"
    with EmbeddedPostgres(data_dir) as again:
        assert answers(again)
    assert server.running_pid(first.home) is None, "nobody counts who has left"


def test_a_stale_pid_of_another_program_is_seen_through(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    with embedded:
        pass
    pid_file = embedded.home.pgdata / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{embedded.home.pgdata}\n1\n5432\n/x\n\n0 0\nready\n")
    embedded.home.identity.own(pid_file, 0o600)
    assert server.running_pid(embedded.home) is None


def test_a_stale_pid_of_a_living_program_does_not_stop_a_start(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    with embedded:
        pass
    pid_file = embedded.home.pgdata / "postmaster.pid"
    pid_file.write_text(f"1\n{embedded.home.pgdata}\n1\n5432\n/x\n\n0 0\nready\n")
    embedded.home.identity.own(pid_file, 0o600)
    with embedded as dsn:
        assert answers(dsn)


def test_a_server_that_was_killed_and_that_its_starter_has_not_asked_after_starts_again(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    with embedded:
        killed = server.running_pid(embedded.home)
        os.kill(killed or 0, signal.SIGKILL)
        while server.running_pid(embedded.home) is not None:
            time.sleep(0.01)
        with EmbeddedPostgres(data_dir) as again:
            assert answers(again)
            embedded.revive()
            assert server.running_pid(embedded.home) not in {killed, None}


def test_a_half_made_cluster_is_made_anew(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    embedded.home.prepare()
    (embedded.home.folder / "init" / "pgdata").mkdir(parents=True)
    (embedded.home.folder / "init" / "pgdata" / "PG_VERSION").write_text("18\n")
    with embedded as dsn:
        assert answers(dsn)


def test_folders_that_were_there_keep_their_permissions(data_dir: Path) -> None:
    outer = data_dir / "outer"
    outer.mkdir()
    outer.chmod(0o751)
    with EmbeddedPostgres(outer / "inner"):
        pass
    assert stat.S_IMODE(outer.stat().st_mode) == 0o751
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o711


def test_a_long_path_gets_a_short_and_closed_socket_folder(data_dir: Path) -> None:
    deep = data_dir / ("d" * 60) / ("e" * 60)
    embedded = EmbeddedPostgres(deep)
    with embedded as dsn:
        assert answers(dsn)
        assert stat.S_IMODE(embedded.home.sockets.stat().st_mode) == 0o700
        assert len(str(embedded.home.sockets)) < 60
    embedded.home.sockets.chmod(0o755)
    with pytest.raises(FixConfiguration, match="is not safe") as caught:
        EmbeddedPostgres(deep).start()
    assert caught.value.code == "CPQ-306"
    embedded.home.sockets.rmdir()


def test_data_of_another_version_is_refused_with_both_versions(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    with embedded:
        pass
    (embedded.home.pgdata / "PG_VERSION").write_text("16\n")
    with pytest.raises(FixConfiguration, match=r"made by PostgreSQL 16; this cpqbridge brings PostgreSQL 18"):
        embedded.start()


def test_a_lost_password_file_is_named(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir)
    with embedded:
        pass
    embedded.home.password_file.unlink()
    with pytest.raises(FixConfiguration, match="password of the database cannot be read"):
        embedded.start()
    assert server.running_pid(embedded.home) is None


def test_a_server_that_cannot_start_says_why(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(server.SETTINGS, "shared_buffers", "1000TB")
    with pytest.raises(FixConfiguration, match=r"could not start\. .*FATAL:.*shared_buffers") as caught:
        EmbeddedPostgres(data_dir).start()
    assert "CPQBRIDGE_DATABASE_URL" in caught.value.remedy


@as_root
def test_root_keeps_data_in_a_folder_that_the_server_can_enter(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, closed = data_dir / "base", data_dir / "closed"
    monkeypatch.setattr(home, "ROOT_BASE", base)
    closed.mkdir()
    closed.chmod(0o700)
    place = locate(closed / "data")
    assert place.folder.parent == base
    assert place.folder.name.startswith("data-")
    assert locate(closed / "data") == place
    with EmbeddedPostgres(closed / "data") as dsn:
        assert answers(dsn)
    closed.chmod(0o711)
    assert locate(closed / "data") == place
    assert not (closed / "data").exists()
    owner = place.pgdata.stat()
    assert owner.st_uid == place.identity.uid != 0


@as_root
def test_root_does_not_run_data_of_root(data_dir: Path) -> None:
    (data_dir / "postgresql" / "pgdata").mkdir(parents=True)
    with pytest.raises(FixConfiguration, match="belong to root") as caught:
        EmbeddedPostgres(data_dir)
    assert "chown -R" in caught.value.remedy


@as_root
def test_programs_in_a_closed_folder_are_copied_once(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = locate(data_dir).identity
    monkeypatch.setattr(Identity, "can_enter", lambda *_: False)
    shared = data_dir / "shared"
    copied = binaries.programs(identity, shared)
    assert copied.is_relative_to(shared)
    made = copied.stat().st_mtime_ns
    assert binaries.programs(identity, shared) == copied
    assert copied.stat().st_mtime_ns == made
    version = subprocess.run(
        [copied / "initdb", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        **identity.child_options(),
    )
    assert "18." in version.stdout
    assert [path.name for path in shared.iterdir()] == [copied.parents[2].name]


def test_a_folder_of_another_user_is_refused(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data_dir / "postgresql").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(FixConfiguration, match=r"belongs to another user \(\d+\)"):
        EmbeddedPostgres(data_dir).start()


def test_a_data_folder_that_is_a_file(data_dir: Path) -> None:
    (data_dir / "postgresql").write_text("")
    with pytest.raises(FixConfiguration, match="cannot be used") as caught:
        EmbeddedPostgres(data_dir).start()
    assert "database.data_dir" in caught.value.remedy


def test_what_the_operating_system_says_is_explained() -> None:
    full = cannot_use("/data", OSError(28, "No space left on device"))
    assert str(full).startswith("CPQ-306: The data folder /data cannot be used: No space left on device")
    assert full.remedy.startswith("Free space")
    assert "(/data/x)" in str(cannot_use("/data", PermissionError(13, "Permission denied", "/data/x")))


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("initdb: error: could not write to file: No space left on device", "The disk is full"),
        ('FATAL:  data directory "/x" has wrong ownership', "belongs to another user"),
        ('FATAL:  data directory "/x" has group or world access', "open to other users"),
        ("FATAL:  database files are incompatible with server", "another version"),
        ("FATAL:  could not create shared memory segment: Cannot allocate memory", "too little shared memory"),
        ('FATAL:  lock file "postmaster.pid" already exists', "Another server"),
        ("initdb: error: could not create directory: Read-only file system", "read-only disk"),
        ("mkdir: Permission denied", "cannot be used"),
        ("FATAL:  something new", "ended with an error: FATAL:  something new"),
        ("", "it said nothing"),
    ],
)
def test_what_postgres_says_is_explained(output: str, meaning: str) -> None:
    error = explain("start", "/data", f"LOG: before\n{output}\n" if output else "")
    assert error.code == "CPQ-306"
    assert meaning in error.message
    assert "CPQBRIDGE_DATABASE_URL" in error.remedy


def test_home_as_a_normal_user_follows_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert locate(tmp_path).folder == tmp_path / "postgresql"
    assert locate(None).folder.name == "postgresql"
    assert isinstance(locate(None), Home)
