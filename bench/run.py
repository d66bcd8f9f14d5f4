#!/usr/bin/env python3
"""Measures everything in one run and writes results.json under build/bench; report.py says what it means. Run it by
scripts/bench."""

import argparse
import contextlib
import json
import mmap
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import report

ROOT, OUT = report.ROOT, report.OUT
BIN = os.path.join(ROOT, "build/release/bin")
TOKEN = "npm_" + "b" * 36
SECONDS = 5  # of each load
CONNECTIONS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def scenario(folder, members, teams=0, size=0, latency=None):
    document = {
        "version": 1,
        "auth": {"tokens": [{"id": "bench", "value": TOKEN}]},
        "orgs": {
            "acme": {
                "members": {
                    "generate": {
                        "count": members,
                        "login": "user-{i:07}",
                        "roles": {"owner": 3, "admin": "1%", "developer": "rest"},
                    }
                }
            }
        },
    }
    if teams:
        document["orgs"]["acme"]["teams"] = {
            "generate": {"count": teams, "name": "team-{i:05}", "size": {"dist": "fixed", "size": size}}
        }
    if latency:
        document["network"] = {"latency": latency}
    path = os.path.join(folder, f"{members}-{teams}-{latency}.scenario.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    return path


def wait_for(url, headers=None, timeout=20):
    end = time.monotonic() + timeout
    while True:
        try:
            return urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=5).read()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


@contextlib.contextmanager
def process(command, **options):
    child = subprocess.Popen(command, **options)
    try:
        yield child
    finally:
        child.terminate()
        child.wait()


@contextlib.contextmanager
def fake(file):
    with process([f"{BIN}/mock-registry", "serve", file], stdout=subprocess.PIPE, text=True) as child:
        yield child.stdout.readline().strip()


def run(command, env=None, **options):
    """Runs to its end: (seconds, peak resident bytes, stdout)."""
    # time(1) is small: what a child of ours had before it became the program would count as the program's.
    with tempfile.NamedTemporaryFile("r") as peak:
        start = time.monotonic()
        done = subprocess.run(["/usr/bin/time", "-f", "%M", "-o", peak.name, *command], env={**os.environ, **(env or {})},
                              capture_output=True, text=True, check=False, **options)
        seconds = time.monotonic() - start
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-500:]}")
        return seconds, int(peak.read()) * 1024, done.stdout


def load(url, connections, path="/-/org/acme/user"):
    """Requests a second by wrk."""
    output = run(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-H", f"authorization: Bearer {TOKEN}",
                  url + path])[2]
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrk on {url}: {output}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def sync(file, folder):
    """The whole connector from the fake into a file: (seconds, peak bytes, path)."""
    out = os.path.join(folder, "sync.c1z")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(out)
    with fake(file) as url:
        seconds, rss, _ = run([f"{BIN}/npm-connector", "--organization", "acme", "--base-url", url, "--file", out,
                               "--log-level", "error"], env={"BATON_ACCESS_TOKEN": TOKEN})
    return seconds, rss, out


def micro(ten_times):
    say("microbenchmarks (about two minutes; with --ten-times, six)")
    out = os.path.join(OUT, "benchmarks.json")
    large = [] if ten_times else ["--benchmark_filter=-^(Digest|Store|SyncIntoAFile)/1000000"]
    run([f"{BIN}/npm_bench", f"--benchmark_out={out}", "--benchmark_out_format=json", "--benchmark_min_time=0.3", *large])
    with open(out, encoding="utf-8") as file:
        return json.load(file)["benchmarks"]


def whole_sync(folder, results, ten_times):
    """The connector as a program, by size; and the floor of one of them."""
    results["sync"] = []
    for members in (100, 1_000, 10_000, 100_000, *((1_000_000,) if ten_times else ())):
        teams, size = max(members // 50, 1), min(500, members // 2)
        say(f"{members:,} members, {teams * size:,} memberships over sockets into a file")
        if members > 100_000:
            say("(two minutes, and 8 GB of disk)")
        file = scenario(folder, members, teams, size)
        seconds, rss, out = min((sync(file, folder) for _ in range(3)), key=lambda r: r[0])
        results["sync"].append({"members": members, "memberships": teams * size, "seconds": seconds, "rss": rss,
                                "bytes": os.path.getsize(out)})
        if members == 100_000:
            floors = [json.loads(run([f"{BIN}/sqlite_floor", out, folder])[2]) for _ in range(3)]
            results["floor"] = min(floors, key=lambda r: r["total"])
        os.unlink(out)


def fake_alone(folder, results):
    say("the fake under wrk")
    small, big = scenario(folder, 22), scenario(folder, 38_000)
    results["fake"] = {}
    with fake(small) as url:
        body = wait_for(url + "/-/org/acme/user", {"authorization": f"Bearer {TOKEN}"})
        for connections in CONNECTIONS:
            results["fake"][f"small {connections}"] = load(url, connections)
    with fake(big) as url:
        large = wait_for(url + "/-/org/acme/user", {"authorization": f"Bearer {TOKEN}"})
        for connections in (16, 64):
            results["fake"][f"large {connections}"] = load(url, connections)
    with fake(scenario(folder, 22, latency="50ms")) as url:
        results["fake"]["50 ms 64"] = load(url, 64)
    results["bytes"] = {"small": len(body), "large": len(large)}
    return body, large


NGINX = """{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; open_file_cache max=100; sendfile on; tcp_nopush on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; default_type application/json;
  server {{ listen 127.0.0.1:{port}; root {folder}/html; location = /return {{ return 200 '{body}'; }} }} }}
"""


def missing(*programs):
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        say(f"skipped, for want of {', '.join(absent)}")
    return bool(absent)


def peer_nginx(folder, results, body, large):
    if missing("nginx"):
        return
    say("nginx")
    os.makedirs(f"{folder}/html/-/org/acme")
    for name, content in (("user", body), ("large", large)):
        with open(f"{folder}/html/-/org/acme/{name}", "wb") as file:
            file.write(content)
    with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
        # As root it would become somebody who may not read our folder.
        user = "user root;" if os.geteuid() == 0 else ""
        file.write(NGINX.format(folder=folder, port=18091, body=body.decode(), user=user))
    url = "http://127.0.0.1:18091"
    with process(["nginx", "-p", folder, "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL):
        wait_for(url + "/return")
        peer = results["peers"]["nginx, files"] = {}
        for connections in CONNECTIONS:
            peer[f"small {connections}"] = load(url, connections)
        for connections in (16, 64):
            peer[f"large {connections}"] = load(url, connections, "/-/org/acme/large")
        results["peers"]["nginx, return"] = {f"small {c}": load(url, c, "/return") for c in (16, 64)}


def peer_node(folder, results, body, large):
    if missing("node"):
        return
    say("node:http")
    peer = results["peers"]["node:http"] = {}
    for name, content, port in (("small", body, 18092), ("large", large, 18093)):
        path = f"{folder}/{name}.json"
        with open(path, "wb") as file:
            file.write(content)
        url = f"http://127.0.0.1:{port}"
        with process(["node", f"{ROOT}/bench/peers/server.js", str(port), path]):
            wait_for(url)
            for connections in (16, 64):
                peer[f"{name} {connections}"] = load(url, connections)


def npm_packages(*packages):
    """Installs them below build/ and gives the folder, or nothing if there is no npm or it cannot."""
    folder = f"{ROOT}/build/bench/npm"
    os.makedirs(folder, exist_ok=True)
    if missing("npm"):
        return None
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder, *packages]
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        say(f"skipped: npm cannot install {', '.join(packages)}")
        return None
    return folder


def peer_wiremock(folder, results, body, large):
    if missing("java"):
        return
    packages = npm_packages("wiremock@3.13.2")
    if packages is None:
        return
    say("WireMock")
    jar = f"{packages}/node_modules/wiremock/build/wiremock-standalone-3.13.2.jar"
    os.makedirs(f"{folder}/wm/mappings")
    mappings = (("small", "/-/org/acme/user", body, 0), ("large", "/large", large, 0), ("slow", "/slow", b"{}", 50))
    for name, path, content, delay in mappings:
        response = {"status": 200, "body": content.decode(), "headers": {"content-type": "application/json"}}
        if delay:
            response["fixedDelayMilliseconds"] = delay
        with open(f"{folder}/wm/mappings/{name}.json", "w", encoding="utf-8") as file:
            json.dump({"request": {"method": "GET", "urlPath": path}, "response": response}, file)
    for name, flags in (("WireMock", []), ("WireMock, no journal", ["--no-request-journal"])):
        url = "http://127.0.0.1:18094"
        command = ["java", "-jar", jar, "--port", "18094", "--bind-address", "127.0.0.1", "--root-dir", f"{folder}/wm",
                   "--disable-banner", *flags]
        with process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            wait_for(url + "/-/org/acme/user")
            load(url, 16)  # the compiler warms up
            peer = results["peers"][name] = {}
            for connections in (16, 64):
                peer[f"small {connections}"] = load(url, connections)
                peer[f"large {connections}"] = load(url, connections, "/large")
            peer["50 ms 64"] = load(url, 64, "/slow")


def peer_libnpm(folder, results):
    packages = npm_packages("libnpmorg", "libnpmteam")
    if packages is None or missing("node"):
        return
    say("libnpmorg and libnpmteam")
    clients = {"libnpm": ["node", f"{ROOT}/bench/peers/sync.js"], "collect": [f"{BIN}/collect"]}
    with fake(scenario(folder, 100_000, 2_000, 500)) as url:
        for name, command in clients.items():
            runs = [run([*command, url, TOKEN, "15"], cwd=packages) for _ in range(3)]
            for _, _, output in runs:
                if json.loads(output) != {"members": 100_000, "teams": 2_000, "memberships": 1_000_000}:
                    raise RuntimeError(f"{name} found {output}")
            results[name] = {"seconds": min(r[0] for r in runs), "rss": min(r[1] for r in runs)}


def peer_baton(folder, results):
    if missing("go"):
        return
    say("baton-sdk's writer")
    writer = f"{OUT}/baton-writer"
    build = ["go", "build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-o", writer, "./writer"]
    if subprocess.run(build, cwd=f"{ROOT}/tests/interop/go/baton-sdk", check=False).returncode != 0:
        say("skipped: Go cannot build it")
        return
    results["baton"] = {"seconds": float(run([writer, f"{folder}/baton.c1z", "10000", "200", "500"])[2])}


def first_touch():
    """Seconds for a GB of memory that nobody had, which a virtual machine may have to ask its host for."""
    size = 4 * 10**9
    start = time.monotonic()
    with mmap.mmap(-1, size) as memory:
        for at in range(0, size, mmap.PAGESIZE):
            memory[at] = 1
        return (time.monotonic() - start) / (size / 1e9)


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":")[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="compare with nginx, WireMock, node:http, npm's libraries "
                        "and baton-sdk; skips what is missing")
    parser.add_argument("--ten-times", action="store_true",
                        help="all also for 1,000,000 members with 10,000,000 memberships (needs 10 minutes and 16 GB of disk)")
    parser.add_argument("--report", action="store_true", help="measure nothing: write the report of the last run again")
    parser.add_argument("--publish", action="store_true", help="write the report to docs/performance.md too")
    options = parser.parse_args()
    os.makedirs(OUT, exist_ok=True)
    if options.report:
        with open(f"{OUT}/results.json", encoding="utf-8") as file:
            results = json.load(file)
    else:
        results = {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "first_touch": first_touch(), "peers": {}}
        with tempfile.TemporaryDirectory(dir=OUT) as folder:
            results["benchmarks"] = micro(options.ten_times)
            body, large = fake_alone(folder, results)
            if options.peers:
                for peer in (peer_nginx, peer_node, peer_wiremock):
                    peer(folder, results, body, large)
                peer_libnpm(folder, results)
                peer_baton(folder, results)
            whole_sync(folder, results, options.ten_times)
        with open(f"{OUT}/results.json", "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    report.write_plots(results)
    report.write(results)
    say(f"wrote {OUT}/report.md")
    if options.publish:
        report.publish()
        say("wrote docs/performance.md")


if __name__ == "__main__":
    main()
