"""A Celery task that does nothing, with Redis as broker and result backend (`PEER_REDIS`)."""

import os

from celery import Celery

app = Celery("celery_app", broker=os.environ["PEER_REDIS"], backend=os.environ["PEER_REDIS"])


@app.task
def nothing():
    return "done"
