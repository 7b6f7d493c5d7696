"""The end of a classic session."""

from unittest.mock import MagicMock

import pytest

from local.spark.classic import ClassicSession


def test_a_stream_that_does_not_stop_keeps_neither_other_streams_nor_the_jobs_nor_the_server() -> None:
    jvm, broken, other = MagicMock(), MagicMock(), MagicMock()
    broken.stop.side_effect = TimeoutError("stream")
    session, server = jvm.new_session(), jvm.gateway.jvm.org.apache.spark.api.python.Py4JServer()
    session.streams().active.return_value = [other, broken]
    with pytest.raises(TimeoutError, match="stream"):
        ClassicSession(jvm, "run").close()
    other.stop.assert_called_once()
    session.interruptAll.assert_called_once()
    jvm.context.cancelJobGroup.assert_called_once_with("run")
    server.shutdown.assert_called_once()
