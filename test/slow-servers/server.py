#!/usr/bin/env python3
# Ends at once when it is told to.
import os, re, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        self.rfile.read(int(self.headers.get('content-length', 0)))
        slow = re.match(r'/api/slow/(\d+)', self.path)
        time.sleep(int(slow.group(1)) / 1000 if slow else 0)
        body = f'answered by {os.getpid()}\n'.encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128


Server((os.environ['HOST'], int(os.environ['PORT'])), Handler).serve_forever()
