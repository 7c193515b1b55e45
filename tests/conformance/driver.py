"""One Oresmith process that answers queries: conformance_driver. A crash is an answer too."""

import json
import select
import subprocess


class Oresmith:
    def __init__(self, program, seconds_max=20):
        self.program, self.seconds_max = program, seconds_max
        self.setup = []
        self.process = None

    def start(self):
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        for request in self.setup:
            self.send(request)

    def send(self, request):
        self.process.stdin.write(request.encode("utf-8", "replace") + b"\0")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], self.seconds_max)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            self.process.kill()
            self.process.wait()
            self.process = None
            return {"status": "crash", "message": "no answer in time" if not ready else "it ended"}
        return json.loads(line.decode("utf-8", "replace"))

    def request(self, request):
        if self.process is None:
            self.start()
        return self.send(request)

    def ask(self, query):
        return self.request("Q" + query)

    def define(self, request):
        """A view or a setting, made again after a crash."""
        self.setup.append(request)
        return self.request(request)

    def reset(self):
        self.setup = []
        self.stop()

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()
            self.process = None
