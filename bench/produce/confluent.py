"""Sends records with librdkafka and prints the seconds. Arguments: brokers, topic, records, file of texts."""

import sys
import time

from confluent_kafka import Producer

brokers, topic, count, texts_file = sys.argv[1:]
with open(texts_file, "rb") as file:
    texts = file.read().splitlines()

failed = []
producer = Producer(
    {
        "bootstrap.servers": brokers,
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 5,
        "queue.buffering.max.messages": 100_000,
    }
)


def delivered(error, _message):
    if error is not None:
        failed.append(error)


started = time.perf_counter()
for n in range(int(count)):
    while True:
        try:
            producer.produce(topic, texts[n % len(texts)], key=str(n), callback=delivered)
            break
        except BufferError:
            producer.poll(0.01)
    producer.poll(0)
producer.flush()
if failed:
    sys.exit(f"{len(failed)} records failed: {failed[0]}")
print(time.perf_counter() - started)
