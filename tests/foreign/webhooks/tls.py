"""A receiver behind TLS, with a certificate by an authority of its own: `tls.py FOLDER`.

The authority's certificate is FOLDER/ca.pem. Prints the address when it listens.
"""

import http.server
import pathlib
import ssl
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Tests", "-days", "2",
        "-addext", "basicConstraints=critical,CA:TRUE")
openssl("req", *curve, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=127.0.0.1")
(folder / "extensions").write_text(
    "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "cert.pem", "-days", "2",
        "-CAcreateserial", "-extfile", "extensions")

server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(f"127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
