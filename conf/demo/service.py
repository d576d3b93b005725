#!/usr/bin/env python3
#
# One version of the demo's service: says who it is and who it was told calls.
#
# Usage: service.py PORT NAME VERSION
#
# A path that ends in /headers shows every field that arrived.

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, NAME, VERSION = int(sys.argv[1]), sys.argv[2], sys.argv[3]


class Handler(BaseHTTPRequestHandler):

    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    wbufsize = -1

    # longer than the sidecar keeps an idle connection: it is never the
    # service that closes one on which a request may be under way
    timeout = 75

    def answer(self):
        length = int(self.headers.get('Content-Length') or 0)
        self.rfile.read(length)

        said = {
            'service': NAME,
            'version': VERSION,
            'consumer': self.headers.get('X-Consumer-Username'),
            'path': self.path,
            'request_id': self.headers.get('X-Request-Id'),
        }

        if self.path.endswith('/headers'):
            said['headers'] = dict(self.headers.items())

        body = (json.dumps(said) + '\n').encode()

        self.send_response(201 if self.command == 'POST' else 200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()

        if self.command != 'HEAD':
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):

    daemon_threads = True
    request_queue_size = 128


try:
    Server(('127.0.0.1', PORT), Handler).serve_forever()
except KeyboardInterrupt:
    pass
