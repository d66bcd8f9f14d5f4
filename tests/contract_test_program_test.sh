#!/usr/bin/env bash
# contract-test as a user meets it: options, reports, exit codes. Usage: contract_test_program_test.sh FOLDER_OF_BINARIES
set -u
bin=$1
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/tests/testing/programs.sh"
PATH=$bin:$PATH

mkdir suite
cat >suite/good.scenario.json <<'END'
{
  "version": 1, "name": "good", "tags": ["fine"],
  "matrix": { "status": [500, 503] },
  "faults": [{ "id": "flap", "when": { "op": "org.teams", "attempt": 1 }, "then": { "status": "${status}", "retryAfter": "10m" } }]
}
END
run contract-test suite
expect_exit 0
expect_in_stdout 'good [status=500]: 5 requests in 10m'
expect_in_stdout '2 runs, 0 failed'

# A failure: the report, the exit code, JUnit, and a replay line that replays it.
echo '{ "version": 1, "name": "bad & <worse>", "expect": { "requests": { "max": 2 } } }' >suite/bad.scenario.json
run contract-test suite --seeds 2 --seed 7 --junit junit.xml --journal journal.ndjson
expect_exit 1
expect_in_stdout 'FAILED bad & <worse> (seed 7)'
expect_in_stdout 'expect.requests: expected at most 2, got 4'
expect_in_stdout '6 runs, 2 failed'
replay=$(grep -m1 'replay: ' <<<"$stdout" | sed 's/.*replay: //')
grep -q 'tests="6" failures="2"' junit.xml || fail "junit.xml: $(cat junit.xml)"
grep -q '<failure>FAILED bad &amp; &lt;worse>' junit.xml || fail "junit.xml: $(cat junit.xml)"
[ "$(jq -s length journal.ndjson)" = 28 ] || fail "the journal has $(wc -l <journal.ndjson) records"
grep -q npm_mock journal.ndjson && fail "the token is in the journal"
run bash -c "$replay"
expect_exit 1
expect_in_stdout '1 runs, 1 failed'

run contract-test suite --filter fine --cell status=503 --transport sockets --check-determinism --digest
expect_exit 0; expect_in_stdout '1 runs, 0 failed'
over_sockets=$stdout
run contract-test suite --filter fine --cell status=503 --check-determinism --digest
[ "$stdout" = "$over_sockets" ] || fail "the journals of sim and sockets differ: $stdout $over_sockets"

# A suite that leaves out what the language offers fails, by name.
run contract-test suite --filter fine --coverage
expect_exit 1; expect_in_stdout 'fault garbage                 NEVER DELIVERED'; expect_in_stdout 'no run delivered: '

# What cannot run is told apart from what fails.
run contract-test suite --filter nothing-like-this
expect_exit 5; expect_in_stderr 'no scenario is left after --filter and --cell'
run contract-test no-such-folder
expect_exit 5; expect_in_stderr 'no-such-folder'
mkdir empty
run contract-test empty
expect_exit 5; expect_in_stderr 'no *.scenario.json under empty'
echo '{ "version": 1, "orgs": {} }' >nobody.scenario.json
run contract-test nobody.scenario.json
expect_exit 3; expect_in_stderr 'nobody.scenario.json'
run contract-test suite --transport pigeon
expect_exit 3
run contract-test --help
expect_exit 0; expect_in_stdout '--check-determinism'

# A file that is dropped in is listed for ctest at once, each cell and transport.
run contract-test --list-ctest suite
expect_exit 0
[ "$(grep -c '^add_test' <<<"$stdout")" = 6 ] || fail "--list-ctest says $stdout"
expect_in_stdout 'scenario.good[status=503].sockets'
finish
