"""What a run has measured as a Markdown report with plots, held against the targets."""

import os
import re
import shutil

import plot

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "build/bench")


def by_name(benchmarks):
    return {each["name"]: each for each in benchmarks}


def targets(results):
    """(what, target, measured, whether it is met, what bounds it); measured is None for what was not run."""
    micros = by_name(results["benchmarks"])
    fake_rates, peers = results["fake"], results["peers"]
    nginx = peers.get("nginx, files")
    sim = micros["SimulatedRequests"]
    lexer = micros["LexMembers/1000000"]["bytes_per_second"]
    decode = micros["DecodeMembers/1000000"]["bytes_per_second"]
    syncs = {each["members"]: each for each in results["sync"]}
    synced, tenfold = syncs[100_000], syncs.get(1_000_000)
    store = micros["Store/10000/real_time"]["real_time"] / 1000
    libnpm, collect, baton = (results.get(name) for name in ("libnpm", "collect", "baton"))

    def at_least(what, least, value, unit="×", bound=""):
        return (what, f"≥ {least:,g} {unit}", None if value is None else f"{value:,.2f} {unit}",
                value is not None and value >= least, bound)

    def at_most(what, most, value, unit="×", bound=""):
        return (what, f"≤ {most:,g} {unit}", None if value is None else f"{value:,.2f} {unit}",
                value is not None and value <= most, bound)

    def to_nginx(load_name):
        return fake_rates[load_name] / nginx[load_name] if nginx else None

    small, large = results["bytes"]["small"], results["bytes"]["large"]
    tcp = "both are bounded by the kernel's TCP; of the fake's time a quarter is its own"
    copies = "copies of the body, which nginx's sendfile saves"
    return [
        *(at_least(f"fake ÷ nginx with files, {small} B, {n} connections", 1.0, to_nginx(f"small {n}"), bound=tcp)
          for n in (16, 64)),
        *(at_least(f"fake ÷ nginx with files, {large / 1e6:.1f} MB, {n} connections", 0.8, to_nginx(f"large {n}"), bound=copies)
          for n in (16, 64)),
        at_least("fake, 64 connections × 50 ms (at most 1,280)", 1250, fake_rates["50 ms 64"], "requests/s"),
        at_most("fake in process, from scenario to ready and stopped again", 5,
                micros["StartAndStopServer"]["real_time"], "ms"),
        at_least("simulation, journal and rules on, one core", 500_000, sim["requests/s"], "requests/s"),
        at_most("journal's share of a simulated request", 5,
                100 * micros["JournalRequest"]["real_time"] / sim["real_time"], "%",
                bound="a simulated request is so short; one over a socket takes several times as long"),
        at_least("decoding a roster of 1,000,000", 150, decode / 1e6, "MB/s",
                 bound=f"the JSON library's parser alone, without any row made, does {lexer / 1e6:,.0f} MB/s here"),
        at_most("sync over sockets of 100,000 members, 2,000 teams, 1,000,000 memberships ÷ bare SQLite and packing", 1.5,
                synced["seconds"] / results["floor"]["total"], bound="inserting rows"),
        at_most("its peak of memory", 200, synced["rss"] / 1e6, "MB"),
        at_most("ten times the data, in time", 11, tenfold and tenfold["seconds"] / synced["seconds"],
                bound=f"memory for 7 GB of page cache, at {results['first_touch']:.1f} s a GB for its first touch on this machine; "
                "sorting one index, which takes two passes"),
        at_most("ten times the data, in memory", 1.5, tenfold and tenfold["rss"] / synced["rss"],
                bound="the roster's names and document"),
        at_least("what the connector collects ÷ script on libnpmorg and libnpmteam, neither storing", 5,
                 libnpm and libnpm["seconds"] / collect["seconds"], bound="the fake, which has one of the two cores"),
        at_least("store ÷ baton-sdk's SQLite writer, 110,000 grants", 5, baton and baton["seconds"] / store),
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


def write_plots(results):
    benchmarks = results["benchmarks"]
    names = ("DecodeMembers", "SimulatedSync", "SyncOverSockets", "Store", "SyncIntoAFile")
    plot.save(f"{OUT}/time.svg", "Time against size", "members", "ms",
              {name: series(benchmarks, name, "real_time") for name in names})
    plot.save(f"{OUT}/memory.svg", "Peak memory of npm-connector against size", "members", "MB",
              {"npm-connector": [(each["members"], each["rss"] / 1e6) for each in results["sync"]]})
    servers = {"mock-registry": results["fake"], "nginx": results["peers"].get("nginx, files", {})}
    plot.save(f"{OUT}/connections.svg", f"Replies of {results['bytes']['small']} B against connections", "connections",
              "requests/s", {server: [(int(name.split()[1]), rate) for name, rate in rates.items() if name.startswith("small")]
                             for server, rates in servers.items()})


def write(results):
    met = {True: "met", False: "**missed**"}
    target_rows = [(what, target, measured or "not run", met[ok] if measured else "", bound if measured and not ok else "")
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
    floor = results["floor"]
    sync_rows = [(f"{each['members']:,}", f"{each['memberships']:,}", f"{each['seconds']:,.2f}",
                  f"{(each['members'] + each['memberships']) / each['seconds']:,.0f}", f"{each['rss'] / 1e6:,.0f}",
                  f"{each['bytes'] / 1e6:,.1f}") for each in results["sync"]]
    synced = next(each for each in results["sync"] if each["members"] == 100_000)
    peers = ""
    if "libnpm" in results and "baton" in results:
        peers = f"""
For the same 100,000 members and 1,000,000 memberships a script on npm's libnpmorg and libnpmteam with 15 sockets takes {results['libnpm']['seconds']:.2f} s, the
connector without its file {results['collect']['seconds']:.2f} s with as many, and npm-connector with it, which the script has not, {synced['seconds']:.2f} s. baton-sdk's
SQLite writer takes {results['baton']['seconds']:.2f} s for 110,000 grants.
"""
    text = f"""# Performance

One run of `scripts/bench{' --peers' if results['peers'] else ''}{' --ten-times' if len(sync_rows) > 4 else ''}` on {results['date']}: {results['machine']}. The load generator, wrk, has
one of the cores. Figures of seconds are this machine's; the ratios are what to compare.

## Targets

{table(("what", "target", "measured", "", "what bounds it"), target_rows)}

The floor of the sync is what bare SQLite takes for the same {floor['rows']:,} rows, tables and indices: {floor['insert']:.1f} s inserting, a prepared statement a
row, {floor['index']:.1f} s indexing, and {floor['pack']:.1f} s of zstd. npm-connector, requests and all, is below it: it inserts many rows by one statement, and
appends to most indices.
{peers}
## npm-connector by size

Over sockets from mock-registry into a file, by the program: seconds, grants a second, peak of memory, size of the file.

{table(("members", "memberships", "s", "grants/s", "MB", "file, MB"), sync_rows)}

## Servers under wrk, requests a second

Small replies have {results['bytes']['small']} bytes, large ones {results['bytes']['large']:,}. mock-registry checks the token, finds the route, asks
rules and limits and keeps its journal for each of them.

{table(("server", *(name.replace("small", "small ×").replace("large", "large ×").replace("50 ms", "50 ms ×") for name in loads)), load_rows)}

![connections](connections.svg)

## Parts by size

`Sync…`, `Digest` and `Store` are of an organization with ten memberships a member. Peak memory is that of the benchmark's process, which holds the registry too, and
for `Digest` and `Store` the whole graph.

{table(("benchmark", "time", "members/s", "grants/s", "requests/s", "MB/s", "peak MiB"), micro_rows)}

{table(("benchmark", "grows as", "error of the fit"), fits)}

![time](time.svg)
![memory](memory.svg)
"""
    with open(f"{OUT}/report.md", "w", encoding="utf-8") as file:
        file.write(text)


def publish():
    """The report as docs/performance.md, and its plots beside it."""
    with open(f"{OUT}/report.md", encoding="utf-8") as file:
        text = file.read()
    for name in ("connections", "time", "memory"):
        shutil.copy(f"{OUT}/{name}.svg", f"{ROOT}/docs/performance-{name}.svg")
        text = text.replace(f"({name}.svg)", f"(performance-{name}.svg)")
    with open(f"{ROOT}/docs/performance.md", "w", encoding="utf-8") as file:
        file.write(text)
