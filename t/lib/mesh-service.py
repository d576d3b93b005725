#!/usr/bin/env python3
#
# Copyright (C) 2026 Meshgate contributors
#
# Services for tests of the mesh: each answers with who it is and what it got.
#
# Usage: mesh-service.py NAME=ADDRESS:PORT...
#
# HTTP/1.1 with keepalive. The answer is JSON: name, host, path, method, peer,
# headers (lower case). "?status=N" is its status, "?sleep=S" waits before it.

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024


class Server6(Server):
    address_family = socket.AF_INET6


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    timeout = 60

    def answer(self):
        asked = parse_qs(urlsplit(self.path).query)

        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        time.sleep(float(asked.get('sleep', ['0'])[0]))

        body = json.dumps({
            'name': self.server.name, 'host': self.headers.get('Host'),
            'path': self.path, 'method': self.command,
            'peer': self.client_address[0],
            'headers': {k.lower(): v for k, v in self.headers.items()},
        }).encode()

        self.send_response(int(asked.get('status', ['200'])[0]))
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.send_header('X-Service', self.server.name)
        self.end_headers()

        if self.command != 'HEAD':
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *args):
        pass


for arg in sys.argv[1:]:
    name, _, at = arg.partition('=')
    address, _, port = at.rpartition(':')
    address = address.strip('[]')
    server = (Server6 if ':' in address else Server)((address, int(port)),
                                                     Handler)
    server.name = name
    threading.Thread(target=server.serve_forever, daemon=True).start()

threading.Event().wait()
