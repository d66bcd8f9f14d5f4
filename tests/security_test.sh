#!/usr/bin/env bash
# Every test that SECURITY.md names exists. Usage: security_test.sh SOURCE_FOLDER BUILD_FOLDER
set -u
tests=$(ctest --test-dir "$2" -N | sed -n 's/^ *Test *#[0-9]*: //p')
[ -n "$tests" ] || { echo "no tests in $2"; exit 1; }
names=$(grep -oE '`(unit|contract|scenario|judge|fuzz|programs|kill)([.][^`]*)?`' "$1/SECURITY.md" | tr -d '`' | sort -u)
failed=0
for name in $names; do
  grep -qE -- "$name" <<<"$tests" || { echo "SECURITY.md names $name, which is no test"; failed=1; }
done
[ "$(wc -l <<<"$names")" -ge 15 ] || { echo "found only: $names"; failed=1; }
exit $failed
