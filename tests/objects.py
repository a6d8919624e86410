"""Object storage of S3's kind on loopback; tests that need it are skipped where moto is not installed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def bucket(environment: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket while the block runs; the usual variables lead to it."""
    moto = pytest.importorskip("moto.server", reason="needs moto, a server of object storage")
    s3fs = pytest.importorskip("s3fs", reason="needs s3fs, of the extra `lake`")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "tester",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        environment.setenv(name, value)
    try:
        # fsspec keeps what it connected to, and the address may have been another before.
        s3fs.S3FileSystem.clear_instance_cache()
        name = f"usven-test-{secrets.token_hex(4)}"
        s3fs.S3FileSystem().mkdir(name)
        yield f"s3://{name}"
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
        server.stop()
