#!/usr/bin/env bash
# The real npm command line against the mock. Usage: npm_cli_test.sh FOLDER_OF_BINARIES
set -u
command -v npm >/dev/null || { echo "npm is not installed: skipped" >&2; exit 77; }
bin=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
source "$root/tests/testing/programs.sh"

start_registry "$bin" "$root/scenarios/quickstart.scenario.json"
# npm reads nothing of this machine's own configuration, and keeps its cache here.
export HOME=$work npm_config_cache=$work/cache npm_config_userconfig=$work/npmrc npm_config_globalconfig=$work/globalrc
cat >npmrc <<EOF
registry=$registry_url/
//${registry_url#http://}/:_authToken=npm_quickstart000000000000000000000000000
update-notifier=false
fetch-retries=0
loglevel=error
EOF

run npm ping --json
expect_exit 0; expect_in_stdout "$registry_url"
run npm whoami
expect_exit 0
[ "$stdout" = alice ] || fail "npm whoami says $stdout"
run npm org ls acme --json
expect_exit 0
for entry in '"alice": "owner"' '"bob": "admin"' '"carol": "developer"' '"dave": "developer"' '"erin": "developer"'; do
  expect_in_stdout "$entry"
done
run npm team ls acme --json
expect_exit 0
[ "$(tr -d ' \n' <<<"$stdout")" = '["acme:developers","acme:empty","acme:release","acme:web"]' ] || fail "npm team ls acme says $stdout"
run npm team ls acme:developers --json
expect_exit 0
[ "$(tr -d ' \n' <<<"$stdout")" = '["alice","bob","carol","dave","erin"]' ] || fail "npm team ls acme:developers says $stdout"

run npm access list packages acme --json
expect_exit 0
[ "$(tr -d ' \n' <<<"$stdout")" = '{"@acme/site":"read-write","@acme/tools":"read-write"}' ] || fail "npm access list packages acme says $stdout"
run npm access list packages acme:developers --json
expect_exit 0
[ "$(tr -d ' \n' <<<"$stdout")" = '{"@acme/site":"read-only","@acme/tools":"read-write"}' ] || fail "npm access list packages acme:developers says $stdout"

# Refusals are understood as such.
run npm team ls acme:nobody
expect_exit 1; expect_in_stderr E404
run npm org ls nobody
expect_exit 1; expect_in_stderr E404
sed -i 's/:_authToken=.*/:_authToken=npm_wrong/' npmrc
run npm whoami
expect_exit 1; expect_in_stderr E401
stop_registry

# Writes, and the one-time password that they want.
start_registry "$bin" "$root/tests/interop/otp.scenario.json"
cat >npmrc <<EOF
registry=$registry_url/
//${registry_url#http://}/:_authToken=npm_writes
update-notifier=false
fetch-retries=0
loglevel=error
EOF
run npm org set acme dave admin --json
expect_exit 1; expect_in_stdout EOTP; expect_in_stdout "$registry_url/auth/cli/"
run npm org set acme dave admin --otp=000000
expect_exit 1; expect_in_stderr EOTP
run npm org set acme dave admin --otp=123456
expect_exit 0
run npm org ls acme --json
expect_in_stdout '"dave": "admin"'
run npm team create acme:ops --otp=123456
expect_exit 0
run npm team add acme:ops dave --otp=123456
expect_exit 0
run npm team ls acme:ops --json
[ "$(tr -d ' \n' <<<"$stdout")" = '["dave"]' ] || fail "npm team ls acme:ops says $stdout"
run npm team rm acme:ops dave --otp=123456
expect_exit 0
run npm team destroy acme:ops --otp=123456
expect_exit 0
run npm org rm acme dave --otp=123456
expect_exit 0
run npm org rm acme alice --otp=123456
expect_exit 1; expect_in_stderr E403
finish
