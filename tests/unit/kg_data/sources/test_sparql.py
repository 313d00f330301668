"""A SPARQL endpoint: pages, hosts, and what is no answer. A small server of its own answers."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from kg_data.errors import BadEndpoint
from kg_data.sources.mapping import PropertyMapping
from kg_data.sources.source import Record
from kg_data.sources.sparql import SparqlSource

SPOUSES = PropertyMapping({"spouse": "spouse"})


def row(index: int) -> dict[str, dict[str, str]]:
    base = "http://example.org/"
    ends = {"s": f"Person_{index}", "p": "spouse", "o": f"Person_{index + 100}"}
    return {name: {"type": "uri", "value": base + value} for name, value in ends.items()}


class Endpoint(BaseHTTPRequestHandler):
    """Answers with rows 0 to 6, or as its path says."""

    queries: list[str] = []  # noqa: RUF012  one server at a time

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = parse_qs(body)["query"][0]
        self.queries.append(query)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://192.0.2.1/sparql")
            self.end_headers()
            return
        if self.path == "/broken":
            self.send_error(500)
            return
        found = re.search(r"LIMIT (\d+) OFFSET (\d+)", query)
        limit, offset = (int(each) for each in found.groups()) if found else (0, 0)
        rows = [row(index) for index in range(7)][offset : offset + limit]
        answer: object = {"results": {"bindings": rows}}
        content = json.dumps([] if self.path == "/other" else answer).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Say nothing."""


@contextmanager
def endpoint() -> Iterator[str]:
    Endpoint.queries = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def source(url: str, *, hosts: tuple[str, ...] = ("127.0.0.1",), page: int = 3) -> SparqlSource:
    return SparqlSource(url, frozenset(hosts), properties=SPOUSES, page=page, timeout=10)


def test_all_pages_are_read_in_a_fixed_order() -> None:
    with endpoint() as url:
        records = [each for each in source(f"{url}/sparql").records() if isinstance(each, Record)]
    assert [each.subject for each in records] == [f"Person {index}" for index in range(7)]
    assert records[0].place == "127.0.0.1: Person_0"
    assert [query.partition("ORDER BY ")[2] for query in Endpoint.queries] == [
        f"?s ?p ?o LIMIT 3 OFFSET {offset}" for offset in (0, 3, 6)
    ]


@pytest.mark.parametrize("path", ["/moved", "/broken", "/other"])
def test_no_answer_of_its_own_is_an_error_that_names_the_address(path: str) -> None:
    with endpoint() as url, pytest.raises(BadEndpoint, match="http://"):
        list(source(url + path).records())


def test_a_host_that_is_not_named_is_never_asked() -> None:
    with endpoint() as url:
        with pytest.raises(BadEndpoint, match=r"other hosts only: example\.org"):
            list(source(url, hosts=("example.org",)).records())
        assert Endpoint.queries == []


def test_a_server_that_is_away_is_an_error() -> None:
    with endpoint() as url:
        pass
    with pytest.raises(BadEndpoint):
        list(source(url).records())


@pytest.mark.parametrize("url", ["file:///etc/hosts", "gopher://127.0.0.1/"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(BadEndpoint, match="only http and https"):
        list(source(url).records())
