"""A LitServe API that answers what it was sent: POST /predict -> answer; no durable queue.

Usage: litserve_nothing.py PORT
"""

import sys

import litserve as ls


class Nothing(ls.LitAPI):
    def setup(self, device):
        pass

    def decode_request(self, request):
        return request

    def predict(self, x):
        return x

    def encode_response(self, output):
        return {"output": output}


if __name__ == "__main__":
    server = ls.LitServer(Nothing(), accelerator="cpu", timeout=60)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        generate_client_file=False,
        log_level="warning",
        access_log=False,
    )
