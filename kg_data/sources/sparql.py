"""Facts of a SPARQL endpoint, page by page."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from kg_data.errors import BadEndpoint
from kg_data.sources.mapping import PropertyMapping, last_part
from kg_data.sources.rdf import TripleReader
from kg_data.sources.source import BadRecord, Record

PAGE = 1_000
"""Rows of one request."""

LARGEST_PAGE = 64 * 1024 * 1024
"""Bytes of one answer."""

EVERYTHING = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"


@dataclass(frozen=True)
class SparqlSource:
    """Implements :class:`kg_data.sources.source.Source` for a SPARQL endpoint.

    Attributes:
        url: the endpoint, http or https.
        hosts: the hosts that may be asked; the endpoint's must be one, and no redirect leaves them.
        query: a SELECT of ?s ?p ?o without ORDER BY, LIMIT and OFFSET.
        properties: which relations the predicates are.
        page: rows of one request.
        timeout: seconds to wait for one answer.
    """

    url: str
    hosts: frozenset[str]
    query: str = EVERYTHING
    properties: PropertyMapping = field(default_factory=PropertyMapping)
    page: int = PAGE
    timeout: float = 60.0

    @property
    def name(self) -> str:
        return urlsplit(self.url).hostname or self.url

    @property
    def fingerprint(self) -> str:
        return f"{self.url} {self.query} {self.page}"

    def records(self) -> Iterator[Record | BadRecord]:
        check_host(self.url, self.hosts)
        reader, offset = TripleReader(self.properties), 0
        while True:
            rows = self._page(offset)
            for row in rows:
                subject, predicate, obj = (_node(row[name]) for name in ("s", "p", "o"))
                place = f"{self.name}: {last_part(str(subject))}"
                record = reader.record(subject, predicate, obj, place)
                if record is not None:
                    yield record
            if len(rows) < self.page:
                return
            offset += len(rows)

    def _page(self, offset: int) -> list[Mapping[str, Mapping[str, str]]]:
        query = f"{self.query} ORDER BY ?s ?p ?o LIMIT {self.page} OFFSET {offset}"
        request = Request(  # noqa: S310  the scheme is checked
            self.url,
            data=urlencode({"query": query}).encode(),
            headers={"Accept": "application/sparql-results+json"},
        )
        try:
            with build_opener(_SameHosts(self.hosts)).open(request, timeout=self.timeout) as answer:
                content = answer.read(LARGEST_PAGE + 1)
        except HTTPError as error:
            raise BadEndpoint(self.url, f"it answers {error.code} {error.reason}") from error
        except (URLError, HTTPException, OSError) as error:
            raise BadEndpoint(self.url, str(getattr(error, "reason", error))) from error
        if len(content) > LARGEST_PAGE:
            raise BadEndpoint(self.url, "a page of its answer is too large; ask for smaller pages")
        return self._rows(content)

    def _rows(self, content: bytes) -> list[Mapping[str, Mapping[str, str]]]:
        try:
            rows = json.loads(content)["results"]["bindings"]
            for row in rows:
                for name in ("s", "p", "o"):
                    row[name]["value"], row[name]["type"]
        except (ValueError, KeyError, TypeError) as error:
            reason = f"its answer is no SPARQL result of ?s ?p ?o in JSON ({error})"
            raise BadEndpoint(self.url, reason) from error
        return list(rows)


def check_host(url: str, hosts: frozenset[str]) -> None:
    """Check that an address may be asked.

    Raises:
        BadEndpoint: it is not http or https, or of another host than the allowed ones.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise BadEndpoint(url, "only http and https are asked")
    if parts.hostname not in hosts:
        allowed = ", ".join(sorted(hosts)) or "none"
        raise BadEndpoint(url, f"this job may ask other hosts only: {allowed}")


class _SameHosts(HTTPRedirectHandler):
    """Follows redirects to allowed hosts only."""

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        check_host(newurl, self._hosts)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _node(binding: Mapping[str, Any]) -> Node:
    value = str(binding["value"])
    if binding["type"] == "uri":
        return URIRef(value)
    return BNode(value) if binding["type"] == "bnode" else Literal(value)
