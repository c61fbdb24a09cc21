"""What a run leaves open to others on the machine."""

from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from grader.grading.workers import workers


def test_nobody_without_a_key_can_read_about_a_run():
    with workers(None, 1) as client:
        port = client.cluster.scheduler.http_server.port
        for path in ("info/main/workers.html", "metrics", "health", "json/counts.json"):
            with pytest.raises(HTTPError):
                urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10)
