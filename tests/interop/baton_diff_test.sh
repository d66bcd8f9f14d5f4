#!/usr/bin/env bash
# `baton diff` and `npm-connector diff` tell the same changes. Usage: baton_diff_test.sh FOLDER_OF_BINARIES BATON
set -u
bin=$1
baton=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
source "$root/tests/testing/programs.sh"
export TMPDIR=$work/tmp BATON_ORGANIZATION=acme BATON_ACCESS_TOKEN=npm_mockmockmockmockmockmockmockmockmock
mkdir "$TMPDIR"

# sync JSON_OF_THE_ORGANIZATION
sync() {
  echo "{ \"version\": 1, \"orgs\": { \"acme\": $1 } }" >org.scenario.json
  start_registry "$bin" "$work/org.scenario.json"
  run env BATON_BASE_URL="$registry_url" "$bin/npm-connector"
  expect_exit 0
  stop_registry
}

# What our changes mean in baton's terms: ids of resources, entitlements and grants that were created and deleted.
ours() {
  "$bin/npm-connector" diff -o json | jq -r '.changes[] |
    def role(verb; name): select(name != "") | "\(verb) organization:acme:\(name):user:\(.user)";
    if .change == "joined" then "created user:\(.user)", role("created"; .to)
    elif .change == "left" then "deleted user:\(.user)", role("deleted"; .from)
    elif .change == "role changed" then role("deleted"; .from), role("created"; .to)
    elif .change == "team added" then "created team:\(.team)", "created team:\(.team):member"
    elif .change == "team removed" then "deleted team:\(.team)", "deleted team:\(.team):member"
    elif .change == "entered team" then "created team:\(.team):member:user:\(.user)"
    else "deleted team:\(.team):member:user:\(.user)" end' | LC_ALL=C sort
}

theirs() {
  "$baton" -f sync.c1z diff | jq -r '
    (.resources | to_entries[] | .key as $verb | .value[] | "\($verb) \(.id.resourceType):\(.id.resource)"),
    (.entitlements | to_entries[] | .key as $verb | .value[] | "\($verb) \(.id)"),
    (.grants | to_entries[] | .key as $verb | .value[] | "\($verb) \(.id)")' | LC_ALL=C sort
}

compare() {
  local mine other
  mine=$(ours)
  other=$(theirs)
  [ "$mine" = "$other" ] || fail "$1: npm-connector says
$mine
and baton says
$other"
  [ "$(wc -l <<<"$mine")" -ge "$2" ] || fail "$1: only $(wc -l <<<"$mine") changes: $mine"
}

first='{ "members": { "alice": "owner", "bob": "admin", "carol": "developer", "dave": "developer" },
         "teams": { "developers": "all", "ops": ["bob"], "web": ["carol", "dave"] } }'
sync "$first"
sync '{ "members": { "alice": "admin", "bob": "owner", "carol": "developer", "erin": "developer" },
        "teams": { "developers": ["alice", "erin"], "web": ["carol", "bob"], "new": ["erin"] } }'
compare 'after changes' 15
sync "$first"
compare 'after going back' 15

# Nothing changed: baton must not see modifications in equal bytes.
sync "$first"
[ -z "$(ours)$(theirs)" ] || fail "changes where there are none: $(ours) $(theirs)"
finish
