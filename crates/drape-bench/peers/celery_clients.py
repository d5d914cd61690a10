"""Threads that each enqueue the Celery task and wait for its result, without HTTP.

Usage: celery_clients.py CLIENTS WARM_UP_SECONDS SECONDS; prints one JSON object:
`errors` and `latencies` (milliseconds of every job that began after the warm-up).
"""

import json
import sys
import threading
import time

from celery_app import nothing


def main():
    clients, warm_up, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    start = time.perf_counter() + warm_up
    end = start + seconds
    latencies = [[] for _ in range(clients)]
    errors = [0] * clients

    def client(k):
        while (before := time.perf_counter()) < end:
            try:
                nothing.apply_async().get(timeout=60)
            except Exception:
                errors[k] += 1
                continue
            after = time.perf_counter()
            if before >= start and after <= end:
                latencies[k].append((after - before) * 1e3)

    threads = [threading.Thread(target=client, args=(k,)) for k in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"errors": sum(errors), "latencies": sum(latencies, [])}))


main()
