#!/usr/bin/env python3
"""Measures everything in one run and writes build/bench/report.md, results.json and plots. Run it by scripts/bench."""

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import plot

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.join(ROOT, "build/release/bin")
OUT = os.path.join(ROOT, "build/bench")
TOKEN = "npm_" + "b" * 36
SECONDS = 5  # of each load

failures = []


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
    start = time.monotonic()
    child = subprocess.Popen(command, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, **options)
    output = child.stdout.read()
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {child.returncode}: {errors[-500:]}")
    return time.monotonic() - start, usage.ru_maxrss * 1024, output


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


def micro():
    say("microbenchmarks (about two minutes)")
    out = os.path.join(OUT, "benchmarks.json")
    run([f"{BIN}/npm_bench", f"--benchmark_out={out}", "--benchmark_out_format=json", "--benchmark_min_time=0.3"])
    with open(out, encoding="utf-8") as file:
        return json.load(file)["benchmarks"]


def by_name(benchmarks):
    return {each["name"]: each for each in benchmarks}


def whole_sync(folder, results, ten_times):
    say("100,000 members, 2,000 teams, 1,000,000 memberships over sockets")
    seconds, rss, out = min((sync(scenario(folder, 100_000, 2_000, 500), folder) for _ in range(3)), key=lambda r: r[0])
    floor = min((json.loads(run([f"{BIN}/sqlite_floor", out, folder])[2]) for _ in range(3)), key=lambda r: r["total"])
    results["sync"] = {"seconds": seconds, "rss": rss, "floor": floor}
    if ten_times:
        say("ten times that (two minutes, 12 GB of disk)")
        seconds, rss, out = sync(scenario(folder, 1_000_000, 20_000, 500), folder)
        results["sync10"] = {"seconds": seconds, "rss": rss}
        os.unlink(out)


def fake_alone(folder, results):
    say("the fake under wrk")
    small, big = scenario(folder, 22), scenario(folder, 38_000)
    results["fake"] = {}
    with fake(small) as url:
        body = wait_for(url + "/-/org/acme/user", {"authorization": f"Bearer {TOKEN}"})
        for connections in (1, 2, 4, 8, 16, 32, 64, 128, 256):
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
        for connections in (16, 64):
            peer[f"small {connections}"] = load(url, connections)
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
    with fake(scenario(folder, 100_000, 2_000, 500)) as url:
        seconds, rss, output = run(["node", f"{ROOT}/bench/peers/sync.js", url, TOKEN], cwd=packages)
    if json.loads(output) != {"members": 100_000, "teams": 2_000, "memberships": 1_000_000}:
        raise RuntimeError(f"sync.js found {output}")
    results["libnpm"] = {"seconds": seconds, "rss": rss}


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


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":")[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def targets(results):
    """(what, target, measured, whether it is met, what bounds it); measured is None for what was not run."""
    micros = by_name(results["benchmarks"])
    fake_rates, peers = results["fake"], results["peers"]
    nginx = peers.get("nginx, files")
    sim = micros["SimulatedRequests"]
    lexer = micros["LexMembers/1000000"]["bytes_per_second"]
    decode = micros["DecodeMembers/1000000"]["bytes_per_second"]
    synced, tenfold = results["sync"], results.get("sync10")
    store = micros["Store/10000/real_time"]["real_time"] / 1000

    def at_least(what, least, value, unit="×", bound=""):
        return (what, f"≥ {least:,g} {unit}", None if value is None else f"{value:,.2f} {unit}",
                value is not None and value >= least, bound)

    def at_most(what, most, value, unit="×", bound=""):
        return (what, f"≤ {most:,g} {unit}", None if value is None else f"{value:,.2f} {unit}",
                value is not None and value <= most, bound)

    def to_nginx(load_name):
        return fake_rates[load_name] / nginx[load_name] if nginx else None

    return [
        at_least("fake ÷ nginx with files, 500 B, 16 connections", 1.0, to_nginx("small 16"),
                 bound="both are bounded by the kernel's TCP; of the fake's time a quarter is its own"),
        at_least("fake ÷ nginx with files, 500 B, 64 connections", 1.0, to_nginx("small 64"),
                 bound="both are bounded by the kernel's TCP; of the fake's time a quarter is its own"),
        at_least("fake ÷ nginx with files, 1 MB, 16 connections", 0.8, to_nginx("large 16"),
                 bound="copies of the body, of which nginx's sendfile saves two"),
        at_least("fake ÷ nginx with files, 1 MB, 64 connections", 0.8, to_nginx("large 64"),
                 bound="copies of the body, of which nginx's sendfile saves two"),
        at_least("fake, 64 connections × 50 ms (at most 1,280)", 1250, fake_rates["50 ms 64"], "requests/s"),
        at_most("fake in process, from scenario to ready and stopped again", 5,
                micros["StartAndStopServer"]["real_time"], "ms"),
        at_least("simulation, journal and rules on, one core", 500_000, sim["requests/s"], "requests/s"),
        at_most("journal's share of a simulated request", 5,
                100 * micros["JournalRequest"]["real_time"] / sim["real_time"], "%",
                bound="a simulated request is so short; of one over a socket it is below 2 %"),
        at_least("decoding a roster of 1,000,000", 150, decode / 1e6, "MB/s",
                 bound=f"the JSON library's parser alone, without any row made, does {lexer / 1e6:,.0f} MB/s here"),
        at_most("sync over sockets of 100,000 members, 2,000 teams, 1,000,000 memberships ÷ bare SQLite and packing", 1.5,
                synced["seconds"] / synced["floor"]["total"]),
        at_most("its peak of memory", 200, synced["rss"] / 1e6, "MB"),
        at_most("ten times the data, in time", 11, tenfold and tenfold["seconds"] / synced["seconds"],
                bound="sorting for SQLite's indices, which leaves its cache and goes to temporary files"),
        at_most("ten times the data, in memory", 1.5, tenfold and tenfold["rss"] / synced["rss"],
                bound="the roster: its document and its names are held whole"),
        at_least("connector ÷ script on libnpmorg and libnpmteam", 5,
                 results.get("libnpm") and results["libnpm"]["seconds"] / synced["seconds"],
                 bound="the script stores nothing, while nearly all of the connector's time is storing"),
        at_least("store ÷ baton-sdk's writer, 110,000 grants", 5,
                 results.get("baton") and results["baton"]["seconds"] / store),
    ]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def series(benchmarks, name, value):
    points = []
    for each in benchmarks:
        match = re.fullmatch(rf"{name}/(\d+)(/16)?(/real_time)?", each["name"])
        if match and value in each:
            points.append((int(match.group(1)), each[value]))
    return points


def plots(results):
    benchmarks = results["benchmarks"]
    names = ("DecodeMembers", "SimulatedSync", "SyncOverSockets", "Store", "SyncIntoAFile")
    plot.save(f"{OUT}/time.svg", "Time against size", "members", "ms",
              {name: series(benchmarks, name, "real_time") for name in names})
    memory = [(100_000, results["sync"]["rss"] / 2**20)]
    for each in results.get("memory", []):
        memory.append((each["members"], each["rss"] / 2**20))
    plot.save(f"{OUT}/memory.svg", "Peak memory of npm-connector against size", "members", "MiB",
              {"npm-connector": sorted(memory)})
    plot.save(f"{OUT}/connections.svg", "Replies of 500 B against connections", "connections", "requests/s",
              {"mock-registry": [(int(name.split()[1]), rate) for name, rate in results["fake"].items()
                                 if name.startswith("small")]})


def report(results):
    met = {True: "met", False: "**missed**"}
    target_rows = [(what, target, measured or "not run", met[ok] if measured else "", "" if ok else bound)
                   for what, target, measured, ok, bound in targets(results)]
    loads = [name for name in results["fake"] if name.split()[-1] in ("16", "64")]
    servers = {"mock-registry": results["fake"], **results["peers"]}
    load_rows = [[server, *(f"{rates[name]:,.0f}" if name in rates else "" for name in loads)]
                 for server, rates in servers.items()]
    micro_rows = []
    for each in results["benchmarks"]:
        if each.get("run_type") == "aggregate":
            continue
        rate = lambda name: f"{each[name]:,.0f}" if name in each else ""
        micro_rows.append((each["name"].replace("/real_time", ""), f"{each['real_time']:,.3f} {each['time_unit']}",
                           rate("members/s") or rate("items_per_second"), rate("grants/s"), rate("requests/s"),
                           f"{each['bytes_per_second'] / 1e6:,.0f}" if "bytes_per_second" in each else "",
                           f"{each['peak_rss'] / 2**20:,.0f}" if "peak_rss" in each else ""))
    fits = [(each["run_name"].replace("/real_time", ""), each["big_o"], f"{100 * rms['rms']:.0f} %")
            for each in results["benchmarks"] if each.get("aggregate_name") == "BigO"
            for rms in results["benchmarks"] if rms.get("aggregate_name") == "RMS" and rms["run_name"] == each["run_name"]]
    floor = results["sync"]["floor"]
    text = f"""# Performance

One run of `scripts/bench{' --peers' if results['peers'] else ''}{' --ten-times' if 'sync10' in results else ''}` on {results['date']}: {results['machine']}. The load generator, wrk, has
one of the cores. Figures of seconds are this machine's; the ratios are what to compare.

## Targets

{table(("what", "target", "measured", "", "what bounds it"), target_rows)}

The floor of the sync is what bare SQLite takes for the same {floor['rows']:,} rows, tables and indices: {floor['insert']:.1f} s inserting, {floor['index']:.1f} s
indexing, and {floor['pack']:.1f} s of zstd. npm-connector took {results['sync']['seconds']:.1f} s, requests and all: they overlap with the work.

## Servers under wrk, requests a second

Small replies have {results['bytes']['small']} bytes, large ones {results['bytes']['large']:,}. mock-registry checks the token, finds the route, asks
rules and limits and keeps its journal for each of them.

{table(("server", *(name.replace("small", "small ×").replace("large", "large ×").replace("50 ms", "50 ms ×") for name in loads)), load_rows)}

![connections](connections.svg)

## By size

`Sync…` and `Store` are of an organization with ten memberships a member. Peak memory is that of the whole benchmark so far.

{table(("benchmark", "time", "members/s", "grants/s", "requests/s", "MB/s", "peak MiB"), micro_rows)}

{table(("benchmark", "grows as", "error of the fit"), fits)}

![time](time.svg)
![memory](memory.svg)
"""
    with open(f"{OUT}/report.md", "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="compare with nginx, WireMock, node:http, npm's libraries "
                        "and baton-sdk; skips what is missing")
    parser.add_argument("--ten-times", action="store_true",
                        help="also sync 1,000,000 members with 10,000,000 memberships (needs 12 GB of disk)")
    parser.add_argument("--report", action="store_true", help="measure nothing: write the report of the last run again")
    options = parser.parse_args()
    os.makedirs(OUT, exist_ok=True)
    if options.report:
        with open(f"{OUT}/results.json", encoding="utf-8") as file:
            results = json.load(file)
    else:
        results = {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "peers": {}}
        with tempfile.TemporaryDirectory(dir=OUT) as folder:
            results["benchmarks"] = micro()
            body, large = fake_alone(folder, results)
            if options.peers:
                for peer in (peer_nginx, peer_node, peer_wiremock):
                    peer(folder, results, body, large)
                peer_libnpm(folder, results)
                peer_baton(folder, results)
            results["memory"] = []
            for members in (1_000, 10_000):
                seconds, rss, _ = sync(scenario(folder, members, members // 50, min(500, members // 2)), folder)
                results["memory"].append({"members": members, "seconds": seconds, "rss": rss})
            whole_sync(folder, results, options.ten_times)
        with open(f"{OUT}/results.json", "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    plots(results)
    report(results)
    say(f"wrote {OUT}/report.md")


if __name__ == "__main__":
    main()
