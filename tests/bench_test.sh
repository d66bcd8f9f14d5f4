#!/usr/bin/env bash
# The benchmarks do what they measure. Nothing is timed here. Usage: bench_test.sh FOLDER_OF_BINARIES
set -u
bin=$1
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/tests/testing/programs.sh"

# Each of them once, at its smallest sizes.
run "$bin/npm_bench" --benchmark_min_time=0 --benchmark_filter='/100/|/100$|^[^/]*$'
expect_exit 0
for name in DecodeMembers LoadScenario LoadListedScenario GuardMembers SimulatedSync SyncOverSockets Digest Store SyncIntoAFile \
  DecideRetry SimulatedRequests JournalRequest StartAndStopServer; do
  expect_in_stdout "$name"
done
grep -F ERROR <<<"$stdout" >&2 && fail "a benchmark failed"

# Its peers' counterparts collect and store what a sync does.
start_registry "$bin" "$root/scenarios/quickstart.scenario.json"
token=npm_quickstart000000000000000000000000000
run "$bin/collect" "$registry_url" "$token" 3
expect_exit 0
[ "$stdout" = '{"members":5,"teams":4,"memberships":9}' ] || fail "collect says $stdout"
run "$bin/collect" "$registry_url" npm_wrong 3
expect_exit 1; expect_in_stderr 401
BATON_ACCESS_TOKEN=$token run "$bin/npm-connector" --organization acme --base-url "$registry_url"
expect_exit 0
run "$bin/sqlite_floor" sync.c1z .
expect_exit 0
# 3 types, 10 resources, 7 entitlements, 14 grants, 1 run.
[ "$(jq .rows <<<"$stdout")" = 35 ] || fail "sqlite_floor says $stdout"
[ "$(ls)" = sync.c1z ] || fail "files are left behind: $(ls)"
finish
