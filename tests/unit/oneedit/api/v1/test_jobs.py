"""Jobs over HTTP."""

from tests.support.web import Caller


def test_a_job_is_added_changed_run_and_removed(call: Caller) -> None:
    body = {"name": "nightly", "kind": "audit", "cron": "0 3 * * *", "zone": "Europe/Berlin"}
    status, job = call("POST", "/jobs", body)
    assert status == 201
    assert job["next"].endswith("+00:00")
    assert call("PATCH", "/jobs/nightly", {"paused": True})[1]["next"] == ""
    assert call("PATCH", "/jobs/nightly", {"paused": False, "retries": 1})[1]["retries"] == 1
    status, run = call("POST", "/jobs/nightly/runs?dry_run=true")
    assert (status, run["state"], run["dry_run"]) == (202, "queued", True)
    assert call("GET", f"/runs/{run['id']}")[1]["job"] == "nightly"
    assert call("GET", f"/runs/{run['id']}/lines")[0] == 200
    assert call("POST", f"/runs/{run['id']}/cancel")[1]["state"] == "cancelled"
    assert [each["id"] for each in call("GET", "/runs?job=nightly")[1]] == [run["id"]]
    actions = [each["action"] for each in call("GET", "/jobs/nightly/changes")[1]]
    assert actions == ["add", "edit", "edit"]
    assert call("DELETE", "/jobs/nightly")[0] == 200
    assert call("GET", "/jobs")[1] == []


def test_a_job_that_cannot_be_says_why(call: Caller) -> None:
    bad = {"name": "Bad Name", "kind": "audit"}
    assert call("POST", "/jobs", bad)[1]["code"] == "bad_job"
    assert call("POST", "/jobs", {"name": "x", "kind": "dance"})[0] == 422
    assert call("POST", "/jobs", {"name": "x", "kind": "audit", "cron": "now"})[0] == 422
