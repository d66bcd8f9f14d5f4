#!/usr/bin/env bash
# An official reader of .c1z files against ours. Usage: baton_cli_test.sh FOLDER_OF_BINARIES BATON
# BATON is a `baton` executable: the one that build-baton.sh makes, or a release of the former stand-alone one
# (github.com/conductorone/baton, 0.4), which is stricter and prints less.
set -u
bin=$1
baton=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v jq >/dev/null || { echo "jq is not installed: run scripts/lib/install-packages" >&2; exit 1; }
source "$root/tests/testing/programs.sh"
export TMPDIR=$work/tmp NO_COLOR=1
mkdir "$TMPDIR"

start_registry "$bin" "$root/scenarios/quickstart.scenario.json"
run env BATON_ACCESS_TOKEN=npm_quickstart000000000000000000000000000 \
  "$bin/npm-connector" --organization acme --base-url "$registry_url"
expect_exit 0
before=$(sha256sum sync.c1z)

# expect_list FILTER EXPECTED ARGUMENT...: the sorted lines that jq's FILTER takes from the command's JSON.
expect_list() {
  local filter=$1 expected=$2 seen
  shift 2
  run "$baton" -f sync.c1z "$@" -o json
  expect_exit 0
  [ -z "$stderr" ] || fail "$* complains: $stderr"
  seen=$(jq -r "$filter" <<<"$stdout" | LC_ALL=C sort)
  [ "$seen" = "$expected" ] || fail "$*: expected
$expected
but it says
$seen"
}

expect_list '.grants[].grant.id' 'organization:acme:admin:user:bob
organization:acme:developer:user:carol
organization:acme:developer:user:dave
organization:acme:developer:user:erin
organization:acme:owner:user:alice
team:developers:member:user:alice
team:developers:member:user:bob
team:developers:member:user:carol
team:developers:member:user:dave
team:developers:member:user:erin
team:release:member:user:alice
team:release:member:user:bob
team:web:member:user:carol
team:web:member:user:dave' grants
expect_list '.grants[].principal.id.resource' 'alice
bob' grants -e team:release:member
expect_list '.entitlements[].entitlement | "\(.id) \(.purpose)"' 'organization:acme:admin PURPOSE_VALUE_PERMISSION
organization:acme:developer PURPOSE_VALUE_PERMISSION
organization:acme:owner PURPOSE_VALUE_PERMISSION
team:developers:member PURPOSE_VALUE_ASSIGNMENT
team:empty:member PURPOSE_VALUE_ASSIGNMENT
team:release:member PURPOSE_VALUE_ASSIGNMENT
team:web:member PURPOSE_VALUE_ASSIGNMENT' entitlements
expect_list '.resources[].resource | "\(.id.resourceType) \(.id.resource) \(.parentResourceId.resource // "-")"' 'organization acme -
team developers acme
team empty acme
team release acme
team web acme
user alice acme
user bob acme
user carol acme
user dave acme
user erin acme' resources
expect_list '.resources[] | select(.resource.id.resource == "alice") | .resource.annotations[] | .login // .url // empty' 'alice
https://www.npmjs.com/~alice' resources -t user
expect_list '.resourceTypes[].resourceType | "\(.id) \(.traits[0])"' 'organization TRAIT_GROUP
team TRAIT_GROUP
user TRAIT_USER' resource-types
expect_list '.access[] | "\(.resource.id.resource) \(.entitlements[].slug)"' 'acme owner
developers member
release member' access -t user -r alice
expect_list '.syncs[].syncType' full syncs

# The console output misses nothing. `stats` has no JSON in the former command line.
for command in resources entitlements grants 'access -t user -r bob' stats; do
  # shellcheck disable=SC2086  # the words of a command
  run "$baton" -f sync.c1z $command
  expect_exit 0
  [[ "$stdout$stderr" != *MISSING* ]] || fail "$command: $stdout"
  case $command in
    stats)
      for count in 'entitlements +.*7' 'grants +.*14' 'user +.*5' 'team +.*4' 'organization +.*1'; do
        grep -qiE "$count" <<<"$stdout" || fail "stats: no line like \"$count\" in $stdout"
      done
      ;;
    *) expect_in_stdout acme ;;
  esac
done

[ "$before" = "$(sha256sum sync.c1z)" ] || fail "reading changed sync.c1z"
finish
