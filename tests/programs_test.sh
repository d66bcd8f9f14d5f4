#!/usr/bin/env bash
# The two programs as a user meets them: output, exit codes, files. Usage: programs_test.sh FOLDER_OF_BINARIES
set -u
bin=$1
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/tests/testing/programs.sh"
scenario=$root/scenarios/quickstart.scenario.json
token=npm_quickstart000000000000000000000000000

start_registry "$bin" "$scenario"
export BATON_ORGANIZATION=acme BATON_ACCESS_TOKEN=$token BATON_BASE_URL=$registry_url

# A sync, with everything from the environment.
run "$bin/npm-connector"
expect_exit 0
expect_in_stderr 'wrote sync.c1z: 5 users, 4 teams, 14 grants, from 7 requests'
[ -z "$stdout" ] || fail "standard output is not empty: $stdout"
[ "$(stat -c %a sync.c1z)" = 600 ] || fail "sync.c1z has mode $(stat -c %a sync.c1z)"
run "$bin/npm-connector" show
expect_exit 0
expect_in_stdout 'alice  owner      developers, release'
expect_in_stdout 'Organization acme: 5 users, 4 teams, 14 grants'

# Every way to read it back.
run "$bin/npm-connector" show sync.c1z access --user alice -o csv
expect_exit 0
[ "$stdout" = "$(printf 'resource_type,resource,entitlement\r\norganization,acme,owner\r\nteam,developers,member\r\nteam,release,member\r')" ] ||
  fail "show access says $stdout"
run "$bin/npm-connector" show sync.c1z grants -o json
expect_exit 0
[ "$(jq -r '.grants | length, .[0].id' <<<"$stdout" | tr '\n' ' ')" = '14 organization:acme:owner:user:alice ' ] || fail "show grants says $stdout"
run "$bin/npm-connector" show sync.c1z people -o json
[ "$(jq -c '.people[1]' <<<"$stdout")" = '{"user":"bob","role":"admin","teams":["developers","release"]}' ] || fail "show people says $stdout"
for view in resources:10 entitlements:7 syncs:1 stats:8; do
  run "$bin/npm-connector" show sync.c1z "${view%:*}" -o json
  expect_exit 0
  [ "$(jq '.[] | length' <<<"$stdout")" = "${view#*:}" ] || fail "show $view says $stdout"
done
run "$bin/npm-connector" show sync.c1z access --user Alice
expect_exit 5; expect_in_stderr 'case-sensitive'
run "$bin/npm-connector" verify
expect_exit 0; expect_in_stdout '5      4      14'
run "$bin/npm-connector" diff
expect_exit 5; expect_in_stderr 'holds 1 finished full syncs, fewer than 2'
run "$bin/npm-connector"
expect_exit 0
run "$bin/npm-connector" diff --exit-code
expect_exit 0; expect_in_stdout '0 changes'
cp sync.c1z before.c1z
before=$(sha256sum sync.c1z)

# Each way to fail has its exit code, says what to do, and leaves the file.
run env -u BATON_ORGANIZATION "$bin/npm-connector"
expect_exit 3; expect_in_stderr 'BATON_ORGANIZATION'
run env -u BATON_ACCESS_TOKEN "$bin/npm-connector"
expect_exit 3; expect_in_stderr 'BATON_ACCESS_TOKEN'
run "$bin/npm-connector" --no-such-option
expect_exit 3
run "$bin/npm-connector" --organization a/b
expect_exit 3; expect_in_stderr "holds '/'"
run env BATON_ACCESS_TOKEN=npm_CANARY "$bin/npm-connector"
expect_exit 16; expect_in_stderr '401'; expect_not_in_stderr CANARY
run "$bin/npm-connector" --organization nobody
expect_exit 5; expect_in_stderr '404'
run "$bin/npm-connector" --organization alice
expect_exit 9; expect_in_stderr 'user account'
run "$bin/npm-connector" --base-url http://no-such-host.invalid --allow-plain-http
expect_exit 14; expect_in_stderr 'host not found'
run "$bin/npm-connector" --base-url "https://${registry_url#http://}"
expect_exit 14; expect_in_stderr 'TLS handshake failed'
run "$bin/npm-connector" show no-such-file.c1z
expect_exit 5; expect_in_stderr 'no-such-file.c1z'
printf 'C1Z3\0rest' >v3.c1z
run "$bin/npm-connector" -f v3.c1z
expect_exit 9; expect_in_stderr 'format v3'
[ "$(printf 'C1Z3\0rest' | sha256sum)" = "$(sha256sum <v3.c1z)" ] || fail "v3.c1z was changed"
[ "$before" = "$(sha256sum sync.c1z)" ] || fail "sync.c1z was changed by a failed run"
[ "$(ls)" = "$(printf 'before.c1z\nsync.c1z\nv3.c1z')" ] || fail "files are left behind: $(ls)"

# Damage is named.
head -c 1000 sync.c1z >cut.c1z
run "$bin/npm-connector" verify cut.c1z
expect_exit 15; expect_in_stderr 'cut.c1z ends early'
run "$bin/npm-connector" verify v3.c1z
expect_exit 9; expect_in_stderr 'format v3'
run "$bin/npm-connector" verify "$scenario"
expect_exit 15; expect_in_stderr 'not a .c1z file'

# The token from a file, the file elsewhere.
printf '%s\n' "$token" >token
run env -u BATON_ACCESS_TOKEN "$bin/npm-connector" --access-token-file token -f other.c1z
expect_exit 0
run "$bin/npm-connector" show other.c1z
expect_exit 0

# Help and version.
for program in npm-connector mock-registry; do
  run "$bin/$program" --help
  expect_exit 0; expect_in_stdout "$program"
  run "$bin/$program" --version
  expect_exit 0; expect_in_stdout "$program 0."
done

# The registry: a taken port, a broken scenario, a clean end.
run "$bin/mock-registry" serve "$scenario" --port "${registry_url##*:}"
expect_exit 14; expect_in_stderr 'port taken'
echo '{ "version": 1, "orgz": {} }' >broken.scenario.json
run "$bin/mock-registry" serve broken.scenario.json
expect_exit 3; expect_in_stderr 'broken.scenario.json:1:17  orgz: unknown key "orgz". Did you mean "orgs"?'
run "$bin/mock-registry" serve missing.scenario.json
expect_exit 5
stop_registry
[ "$registry_exit" = 0 ] || fail "mock-registry ended with $registry_exit on SIGTERM"

# What is so in a scenario is what a sync of it reads.
run "$bin/mock-registry" truth "$scenario"
expect_exit 0
[ "$(jq -c 'del(.digest)' <<<"$stdout")" = \
  '{"organization":"acme","members":5,"roles":{"admin":1,"developer":3,"owner":1},"teams":4,"memberships":9,"packages":2,"grants":14}' ] ||
  fail "truth says $stdout"
digest=$(jq -r .digest <<<"$stdout")
run "$bin/npm-connector" verify before.c1z
expect_in_stdout "$digest"
awk '/^```json$/ { text = ""; on = 1; next } /^```$/ { if (on && text ~ /a thousand members/) printf "%s", text; on = 0 } on { text = text $0 "\n" }' \
  "$root/docs/scenarios.md" >a-thousand-members.scenario.json
run "$bin/mock-registry" truth a-thousand-members.scenario.json
[ "$stdout" = "$(sed -n '/^\$ mock-registry truth/,/^```$/p' "$root/docs/scenarios.md" | sed '1d; $d')" ] || fail "docs/scenarios.md shows another truth than $stdout"
run "$bin/mock-registry" truth "$scenario" --user bob
[ "$(jq -c . <<<"$stdout")" = '{"user":"bob","role":"admin","teams":["developers","release"]}' ] || fail "truth says $stdout"
run "$bin/mock-registry" truth "$scenario" --user nobody
expect_exit 5; expect_in_stderr 'nobody is not a member of acme'
run "$bin/mock-registry" truth "$scenario" --org other
expect_exit 5; expect_in_stderr 'has no organization other'

# Nobody listens there any more.
run timeout 60 "$bin/npm-connector"
expect_exit 14; expect_in_stderr 'no connection'

# What changes between two syncs, as README shows it.
sed -e 's/"bob": "admin"/"bob": "owner"/; s/"erin": "developer"/"frank": "developer"/' \
  -e 's/"developers": "all"/"developers": ["alice", "bob", "carol", "dave"]/; s/"release": \["alice", "bob"\]/"release": ["alice", "bob", "carol"]/' \
  "$scenario" >changed.scenario.json
start_registry "$bin" "$work/changed.scenario.json"
run env BATON_BASE_URL="$registry_url" "$bin/npm-connector"
expect_exit 0
run "$bin/npm-connector" diff --exit-code
expect_exit 3
shown=$(sed -n '/^CHANGE/,/^```/p' "$root/README.md" | grep -v '^```')
[ "$(sed '/^$/,$d' <<<"$stdout")" = "$shown" ] || fail "diff says
$stdout
but README shows
$shown"
same=$stdout
run "$bin/npm-connector" diff before.c1z sync.c1z
expect_exit 0
[ "$stdout" = "$same" ] || fail "diff of two files says $stdout"
finish
