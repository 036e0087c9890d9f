"""A PostgreSQL of the demo's own: made by initdb in a temporary folder, reached by a Unix socket, gone afterwards.

The cluster that the Debian package may have set up is never touched.
See: README.md of this folder.
"""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import time

import psycopg2

_SCHEMA = pathlib.Path(__file__).with_name("schema.sql")
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_preload_libraries": "pg_stat_statements",
    # Nothing here outlives the demo, so the disk of the machine need not be part of the measurement.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def _bin_dir():
    """The folder of the newest server that Debian's packages installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    if initdb:
        return pathlib.Path(initdb).parent
    raise RuntimeError("no initdb found; on Debian: apt-get install postgresql")


class Postgres:
    """A running server with the demo's schema. Use it in a `with` statement."""

    def __init__(self, folder):
        self._bin = _bin_dir()
        self._data = folder / "postgres"
        self.socket_dir = folder / "socket"
        self._log = folder / "postgres.log"
        self._process = None
        self.user = "postgres"
        # The server refuses to run as root; the Debian package brings a user for it.
        self._identity = {"cwd": "/"}
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            self._identity |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            folder.chmod(0o755)

    def __enter__(self):
        for path in (self._data, self.socket_dir):
            path.mkdir(mode=0o700)
            if "user" in self._identity:
                os.chown(path, self._identity["user"], self._identity["group"])
        self.socket_dir.chmod(0o755)
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        with open(self._log, "wb") as log:
            made = subprocess.run(
                [self._bin / "initdb", "-D", self._data, "-U", self.user, "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
                stdout=log, stderr=log, check=False, start_new_session=True, **self._identity)
            if made.returncode != 0:
                raise RuntimeError("initdb could not make a database:\n" + self._log.read_text()[-2000:])
            options = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, "-k", self.socket_dir, *options],
                stdout=log, stderr=log, start_new_session=True, **self._identity)
        deadline = time.monotonic() + 30
        while True:
            try:
                self._connection = psycopg2.connect(host=str(self.socket_dir), user=self.user, dbname="postgres")
                break
            except psycopg2.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("PostgreSQL did not start:\n" + self._log.read_text()[-2000:]) from None
                time.sleep(0.05)
        self._connection.autocommit = True
        self.ask(_SCHEMA.read_text())

    def ask(self, statement, *arguments):
        """Runs one statement and returns its rows, if it has any."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, arguments or None)
            return cursor.fetchall() if cursor.description else []

    def version(self):
        return self.ask("SHOW server_version")[0][0].split()[0]

    def forget_queries(self):
        """Sets every counter of queries to zero."""
        self.ask("TRUNCATE query_log; ALTER SEQUENCE queries_begun RESTART; SELECT pg_stat_statements_reset()")

    def counts(self):
        """The same number from three counters: (sequence, log, pg_stat_statements)."""
        return self.ask("""
            SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM queries_begun),
                   (SELECT count(*) FROM query_log),
                   (SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE query LIKE 'SELECT load_product(%')
            """)[0]

    def query_log(self):
        """Every query as (product, begun, ended), times in ms since 1970, in the order of their beginnings."""
        return self.ask("""
            SELECT product, extract(epoch FROM begun)::float8 * 1000, extract(epoch FROM ended)::float8 * 1000
            FROM query_log ORDER BY begun""")

    def running_queries(self):
        """How many calls of load_product are running now."""
        return self.ask("SELECT count(*) FROM pg_stat_activity "
                        "WHERE state = 'active' AND query LIKE 'SELECT load_product(%%' AND pid <> %s",
                        self._connection.get_backend_pid())[0][0]

    def __exit__(self, *_):
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)  # its "fast" shutdown
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        self._process = None
