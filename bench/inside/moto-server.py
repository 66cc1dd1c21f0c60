"""moto_server with so many snapshots, until standard input ends: python3 moto-server.py PORT SNAPSHOTS.

Filled in the process: the calls to make 10,000 take more than ten minutes over HTTP.
"""
import os
import sys
import threading

from moto.ec2.models import ec2_backends
from moto.server import main

port, count = sys.argv[1:]
backend = ec2_backends["123456789012"]["us-east-1"]
volume = backend.create_volume(size=1, zone_name="us-east-1a")
for n in range(int(count)):
    snapshot = backend.create_snapshot(volume.id, "")
    backend.create_tags([snapshot.id], {"n": str(n)})


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
main(["-H", "127.0.0.1", "-p", port])
