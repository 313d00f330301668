"""Every route with every role: what the service refuses, the interface refuses, and no more."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from controller.actor import REVIEWERS, Actor, Role
from oneedit.edits.choice import Choice
from oneedit.ledger.job import Job
from oneedit.people.permissions import ADMINS, EDITORS, EVERYBODY
from tests.support.fakes import LOCAL, application
from tests.support.stories import tell
from tests.support.web import PENCE, Caller, interface

RENAME = {"operation": "rename", "entity": "Joe Biden", "other": "Joseph R. Biden"}
BOOK = {"action": "edit", "text": "[lifespans]\nperson = 130"}
ANYBODYS = frozenset(EVERYBODY)
NOBODYS = frozenset[Role]()

ROUTES: dict[str, tuple[frozenset[Role], str, object]] = {
    "submit_edit": (EDITORS, "/edits", {"message": PENCE}),
    "preview_edit": (ANYBODYS, "/edits/preview", {"message": PENCE}),
    "list_tickets": (ANYBODYS, "/tickets", None),
    "show_ticket": (REVIEWERS, "/tickets/2", None),
    "agree_to_ticket": (REVIEWERS, "/tickets/2/agree", None),
    "cancel_ticket": (REVIEWERS, "/tickets/2/cancel", None),
    "events_of_all": (ANYBODYS, "", None),  # endless; see test_ticket_events
    "events_of_one": (REVIEWERS, "", None),
    "undo": (EDITORS, "/undo", {"versions": [1]}),
    "preview_undo": (ANYBODYS, "/undo/preview", {"versions": [1]}),
    "restore_version": (REVIEWERS, "/versions/0/restore", None),
    "preview_restore": (ANYBODYS, "/versions/0/restore/preview", None),
    "ask": (ANYBODYS, "/ask", {"question": "Who is Joe Biden's vice president?"}),
    "search_entities": (ANYBODYS, "/entities?text=Joe", None),
    "trace_entity": (ANYBODYS, "/entities/Joe%20Biden/provenance", None),
    "list_versions_of_entity": (ANYBODYS, "/entities/Joe%20Biden/history", None),
    "show_neighbourhood": (ANYBODYS, "/entities/Joe%20Biden/neighbourhood", None),
    "show_entity": (ANYBODYS, "/entities/Joe%20Biden", None),
    "change_entity": (EDITORS, "/entities/changes", RENAME),  # of editors it is a proposal
    "preview_entity_change": (ANYBODYS, "/entities/changes/preview", RENAME),
    "list_facts": (ANYBODYS, "/facts", None),
    "show_relations": (ANYBODYS, "/relations", None),
    "change_relations": (ADMINS, "/relations/changes", BOOK),
    "preview_relations_change": (ANYBODYS, "/relations/changes/preview", BOOK),
    "list_versions": (ANYBODYS, "/versions", None),
    "show_version": (ANYBODYS, "/versions/1", None),
    "check_version": (ANYBODYS, "/versions/1/check", None),
    "diff_versions": (ANYBODYS, "/versions/0/diff/1", None),
    "show_status": (ANYBODYS, "/status", None),
    "verify": (ANYBODYS, "/verification", None),
    "show_knowledge": (ANYBODYS, "/model/knowledge", None),
    "consolidate": (ADMINS, "/consolidations", None),
    "list_refusals": (REVIEWERS, "/refusals", None),
    "list_reviews": (ANYBODYS, "/reviews", None),
    "show_review": (REVIEWERS, "/reviews/1", None),
    "decide_on_reviews": (ANYBODYS, "/reviews/decisions", {"decision": "approve"}),  # one by one
    "approve_review": (REVIEWERS, "/reviews/1/approve", {}),
    "take_review_step": (REVIEWERS, "/reviews/1/comment", {"text": "hm"}),
    "list_jobs": (ADMINS, "/jobs", None),
    "add_job": (ADMINS, "/jobs", {"name": "more", "kind": "audit"}),
    "show_job": (ADMINS, "/jobs/audit", None),
    "edit_job": (ADMINS, "/jobs/audit", {"retries": 1}),
    "remove_job": (ADMINS, "/jobs/audit", None),
    "list_job_changes": (ADMINS, "/jobs/audit/changes", None),
    "run_job": (ADMINS, "/jobs/audit/runs", None),
    "list_runs": (ADMINS, "/runs", None),
    "show_run": (ADMINS, "/runs/1", None),
    "list_run_lines": (ADMINS, "/runs/1/lines", None),
    "cancel_run": (ADMINS, "/runs/1/cancel", None),
    "list_conversations": (ANYBODYS, "/conversations", None),
    "create_conversation": (ANYBODYS, "/conversations", {"title": "Mine"}),
    "show_conversation": (ANYBODYS, "/conversations/all", None),
    "change_conversation": (NOBODYS, "/conversations/all", {"title": "Mine"}),  # its owner's
    "delete_conversation": (NOBODYS, "/conversations/all", None),
    "leave_conversation": (ANYBODYS, "/conversations/all/leave", None),
    "list_messages": (ANYBODYS, "/conversations/all/messages", None),
    "send_message": (EDITORS, "/conversations/all/messages", {"text": PENCE}),
    "share_conversation": (NOBODYS, "/conversations/all/link", None),
    "revoke_link": (NOBODYS, "/conversations/all/link", None),
    "export_conversation": (ANYBODYS, "/conversations/all/export", None),
    "show_shared": (ANYBODYS, "/shared/nonsense", None),
    "show_me": (ANYBODYS, "/me", None),
    "change_password": (ANYBODYS, "/me/password", {"old": "x", "new": "y"}),
    "list_my_sign_ins": (ANYBODYS, "/me/sign-ins", None),
    "sign_out_everywhere": (ANYBODYS, "/me/sign-ins", None),
    "end_my_sign_in": (ANYBODYS, "/me/sign-ins/abc", None),
    "list_users": (ADMINS, "/users", None),
    "add_user": (ADMINS, "/users", {"name": "dan", "role": "viewer"}),
    "change_user": (ADMINS, "/users/cy", {"role": "editor"}),
    "list_user_steps": (ADMINS, "/users/cy/steps", None),
    "invite_user": (ADMINS, "/users/cy/invitation", None),
    "sign_user_out": (ADMINS, "/users/cy/sign-ins", None),
    "list_tokens": (ADMINS, "/tokens?account=cy", None),
    "make_token": (ADMINS, "/tokens", {"name": "x", "scope": "read", "account": "cy"}),
    "revoke_token": (ADMINS, "/tokens/1?account=cy", None),
}
"""By operation: the roles that it serves, and a request."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Return the interface of one application for all routes: roles are asked about before all."""
    made = application(tmp_path_factory.mktemp("home"))
    tell(made, PENCE)
    ed = Actor("ed", Role.EDITOR)
    made.queue.submit(ed, "Joe Biden was born in Paris.", propose=True)
    made.queue.undo(ed, Choice.of(1))  # of somebody else's edit, so that it waits for a reviewer
    made.people.add(LOCAL, "cy", Role.VIEWER)
    made.jobs.add(LOCAL, Job(name="audit", kind="audit"))
    replace(made.queue, conversation="all").submit(ed, "Where was Joe Biden born?")
    made.conversations.set_members(ed, "all", [], is_open=True)
    found = interface(made)
    found.state.callers = {
        role: Caller(TestClient(found, raise_server_exceptions=False)).of(made, f"kim {role}", role)
        for role in set(Role) - {Role.LOCAL}
    }
    yield found
    made.close()


def methods(app: FastAPI) -> dict[str, str]:
    """Return the method of each operation."""
    paths = app.openapi()["paths"].values()
    found = [(each["operationId"], method) for path in paths for method, each in path.items()]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_every_route_has_a_row(app: FastAPI) -> None:
    assert methods(app).keys() == ROUTES.keys()


@pytest.mark.parametrize("name", [name for name, (_, path, _) in ROUTES.items() if path])
def test_a_route_serves_these_roles_and_refuses_the_others(name: str, app: FastAPI) -> None:
    permitted, path, body = ROUTES[name]
    method = methods(app)[name]
    callers: dict[Role, Caller] = app.state.callers
    refused = set()
    for role, caller in callers.items():
        status, problem = caller(method, path, body)
        assert status < 500, problem
        if status == 403:
            assert problem["code"] == "not_permitted"
            refused.add(role)
    client = next(iter(callers.values())).client
    assert refused == callers.keys() - permitted
    assert Caller(client, "nonsense")(method, path, body)[0] == 401
