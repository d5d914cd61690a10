"""HTTP in front of the Celery task, as a service has it: POST / -> enqueue -> result -> answer.

Usage: celery_front.py PORT
"""

import sys
from contextlib import asynccontextmanager

import anyio.to_thread
import uvicorn
from celery_app import nothing
from fastapi import FastAPI


@asynccontextmanager
async def enough_threads(_):
    anyio.to_thread.current_default_thread_limiter().total_tokens = 128
    yield


web = FastAPI(lifespan=enough_threads)


@web.get("/")
def ready():
    return {}


@web.post("/")
def job():
    return {"result": nothing.apply_async().get(timeout=60)}


if __name__ == "__main__":
    uvicorn.run(web, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
