# ruff: noqa: INP001 - a script, not a package
"""Ask the control plane, on its unix socket, whether it is ready. Exit code 0 says so."""

import http.client
import os
import socket
import sys

connection = http.client.HTTPConnection("localhost", timeout=5)
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.settimeout(5)
try:
    connection.sock.connect(f"{os.environ['SENTRA_STATE_DIR']}/run/app.sock")
    host = os.environ["SENTRA_PUBLIC_ORIGIN"].removeprefix("https://")
    connection.request("GET", "/readyz", headers={"Host": host})
    ready = connection.getresponse().status == http.HTTPStatus.OK
except (OSError, http.client.HTTPException):
    ready = False
sys.exit(not ready)
