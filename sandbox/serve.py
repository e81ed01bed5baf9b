"""Serves a provider to the engine that started this process, and goes when the engine goes."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

MESSAGE_SIZE = 400 * 1024 * 1024
"""The engine's own limit."""


def serve(provider: Any) -> None:
    options = [
        ("grpc.max_send_message_length", MESSAGE_SIZE),
        ("grpc.max_receive_message_length", MESSAGE_SIZE),
    ]
    server = grpc.server(ThreadPoolExecutor(max_workers=16), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Thread(target=_leave_with_the_engine, args=(os.getppid(),), daemon=True).start()
    server.wait_for_termination()


def _leave_with_the_engine(engine: int) -> None:
    """A killed engine stops no plugin: left alone it would stay for ever."""
    while os.getppid() == engine:
        time.sleep(0.5)
    os._exit(1)
