#!/usr/bin/env bash
# Every mistake of tests/broken_scenarios gets the message that stands in expected.txt there; every scenario of ours is
# without one. Usage: check_scenarios_test.sh FOLDER_OF_BINARIES
# To accept new messages: cd tests/broken_scenarios && mock-registry check *.json 2>expected.txt, then read them.
set -u
bin=$1
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/tests/testing/programs.sh"

cd "$root/tests/broken_scenarios" || exit 1
run "$bin/mock-registry" check ./*.scenario.json
[ "$code" != 0 ] || fail "check found nothing wrong"
[ -z "$stdout" ] || fail "these are not broken: $stdout"
diff -u expected.txt <(sed 's|^\./||' <<<"$stderr") >&2 || fail "messages differ from tests/broken_scenarios/expected.txt"
[ "$(ls ./*.scenario.json | wc -l)" -ge 40 ] || fail "fewer than 40 broken files"

mapfile -t ours < <(find "$root/scenarios" -name '*.scenario.json')
[ "${#ours[@]}" -ge 30 ] || fail "fewer than 30 scenarios"
run "$bin/mock-registry" check "${ours[@]}"
expect_exit 0
finish
