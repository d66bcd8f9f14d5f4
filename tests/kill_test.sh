#!/usr/bin/env bash
# kill -9 at random moments of a real sync over sockets: every time the next run continues, and the file says the same as that of a
# sync that nobody killed. Usage: kill_test.sh FOLDER_OF_BINARIES [BATON]; with BATON, a `baton` executable must read every file too.
set -u
bin=$1
baton=${2:-}
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/tests/testing/programs.sh"
rounds=50
teams=150
export TMPDIR=$work
RANDOM=20261123 # the moments are drawn the same way each time

{
  echo '{ "version": 1, "orgs": { "acme": { "members": { "u0": "owner"'
  for i in {1..40}; do echo ", \"u$i\": \"developer\""; done
  echo '}, "teams": { "developers": "all"'
  for ((i = 0; i < teams; i++)); do echo ", \"t$i\": [\"u$((i % 40))\", \"u40\"]"; done
  echo '} } } }'
} >org.scenario.json
start_registry "$bin" "$work/org.scenario.json"
export BATON_ORGANIZATION=acme BATON_ACCESS_TOKEN=npm_mockmockmockmockmockmockmockmockmock BATON_BASE_URL=$registry_url

# Of every sync in the file; one line if they are equal. A run that was killed late had published already.
digest() { "$bin/npm-connector" verify "$1" -o json | sed -n 's/.*"digest": "\(.*\)".*/\1/p' | sort -u; }
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

begin=$(milliseconds)
"$bin/npm-connector" -f whole.c1z 2>/dev/null || fail "the sync that nobody kills fails"
whole_run=$(($(milliseconds) - begin))
expected=$(digest whole.c1z)
[ ${#expected} = 64 ] || fail "no digest: $expected"

killed=0
continued=0
# Each run that was over before its kill shortens the time to the next one, each that had not begun lengthens it: the
# first run's time says little on a busy machine.
for ((round = 0; killed < rounds && round < 4 * rounds; round++)); do
  rm -f killed.c1z*
  "$bin/npm-connector" -f killed.c1z 2>/dev/null &
  victim=$!
  sleep "$(printf '%d.%03d' 0 $((RANDOM * whole_run / 32768)))"
  if kill -9 "$victim" 2>/dev/null; then killed=$((killed + 1)); else whole_run=$((whole_run * 9 / 10 + 1)); fi
  wait "$victim" 2>/dev/null
  run "$bin/npm-connector" -f killed.c1z
  expect_exit 0
  if [[ $stderr == *continuing* ]]; then continued=$((continued + 1)); else whole_run=$((whole_run * 21 / 20 + 1)); fi
  [ "$(digest killed.c1z)" = "$expected" ] || fail "round $round: another digest"
  [ "$(ls killed.c1z*)" = killed.c1z ] || fail "round $round: files are left: $(ls killed.c1z*)"
  [ -z "$baton" ] || {
    run "$baton" -f killed.c1z grants -o json
    expect_exit 0
    [ "$(jq '.grants | length' <<<"$stdout")" = $((41 + 41 + 2 * teams)) ] ||
      fail "round $round: baton counts $(jq '.grants | length' <<<"$stdout") grants"
  }
done
echo "$killed of $round runs were killed, $continued continued"
[ "$killed" -ge "$rounds" ] || fail "only $killed runs were killed"
[ "$continued" -ge $((rounds / 4)) ] || fail "only $continued runs continued"
finish
