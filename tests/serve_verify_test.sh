#!/usr/bin/env bash
# mock-registry judges a client that is not ours: the one of docs/scenarios.md, then worse ones.
# Usage: serve_verify_test.sh FOLDER_OF_BINARIES
set -u
bin=$1
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/tests/testing/programs.sh"
PATH=$bin:$PATH

cat >my.scenario.json <<'END'
{
  "version": 1,
  "name": "one flap",
  "faults": [{ "id": "flap", "when": { "op": "team.members", "attempt": 1 }, "then": { "status": 503 } }],
  "expect": { "requests": { "perOp": { "org.members": 1, "team.members": 2 } } }
}
END
sed -n '/^```sh$/,/^```$/p' "$root/docs/scenarios.md" | grep -v '^```' >client.sh
run bash client.sh
expect_exit 0
expect_in_stderr 'all expectations were met in 4 requests'
expect_in_stdout '{"alice":"owner","bob":"admin","carol":"developer"}["alice","bob","carol"]'
[ "$(jq -r .op journal.ndjson | tr '\n' ' ')" = 'org.members org.teams team.members team.members ' ] || fail "journal: $(cat journal.ndjson)"
[ "$(jq -r 'select(.rule).rule' journal.ndjson)" = flap ] || fail "journal: $(cat journal.ndjson)"
grep -q npm_mock journal.ndjson && fail "the token is in the journal"

rm ready
sed 's/--retry 3 --retry-all-errors//' client.sh >worse.sh
run bash worse.sh
expect_exit 1
expect_in_stderr 'expect.requests.perOp.team.members: expected 2, got 1'

# SIGTERM ends it with a verdict too; what nobody asked for is missed, and shown beside what came closest.
mkfifo ready2
mock-registry serve my.scenario.json --verify >ready2 2>verdict &
registry_pid=$!
read -r registry_url <ready2
curl -fsS -H 'Authorization: Bearer npm_mockmockmockmockmockmockmockmockmock' "$registry_url/-/org/acme/team" >/dev/null
curl -sS "$registry_url/-/org/acme/teams" >/dev/null
stop_registry
[ "$registry_exit" = 1 ] || fail "SIGTERM: exit $registry_exit"
for line in 'FAILED my.scenario.json (seed 1)' 'expect.rules.flap: expected at least 1, got 0' 'Closest request to rule "flap": #1' \
  'op           team.members             org.teams                <<<<< differs' 'request #2, GET /-/org/acme/teams has no operation'; do
  grep -qF -- "$line" verdict || fail "no \"$line\" in $(cat verdict)"
done

# A virtual clock cannot be shared with a stranger; a scaled one waits less.
echo '{ "version": 1, "clock": { "mode": "virtual" } }' >virtual.scenario.json
run mock-registry serve virtual.scenario.json
expect_exit 3; expect_in_stderr 'clock.mode is "virtual"'
echo '{ "version": 1, "clock": { "mode": "scaled", "scale": "600x" }, "network": { "latency": "1m" } }' >scaled.scenario.json
start_registry "$bin" "$work/scaled.scenario.json"
run timeout 20 curl -fsS "$registry_url/-/ping"
expect_exit 0; expect_in_stdout '{}'
stop_registry
run mock-registry serve my.scenario.json --until-idle 2
expect_exit 3; expect_in_stderr '--until-idle: expected a duration such as 2s, found 2'
finish
