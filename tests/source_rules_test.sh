#!/usr/bin/env bash
# The rules of docs/design.md that grep can check. Usage: source_rules_test.sh SOURCE_FOLDER
set -u
cd "$1" || exit 1
failed=0

# forbid RULE PATTERN ALLOWED FOLDER...: no line of the folders may match, but in files that match ALLOWED.
forbid() {
  local rule=$1 pattern=$2 allowed=$3 found
  shift 3
  found=$(grep -rnE --include='*.cc' --include='*.h' -- "$pattern" "$@" | grep -vE "^($allowed):")
  [ -z "$found" ] && return
  printf '%s:\n%s\n\n' "$rule" "$found"
  failed=1
}

world='connector/cli/main\.cc|connector/http/httplib_driver\.cc|mock_registry/cli/main\.cc|mock_registry/transport/http_server\.cc'
forbid 'Only drivers and main files read a clock, sleep, or touch randomness and environment' \
  '_clock::now|absl::Now\(|sleep_for|sleep_until|random_device|\brand\(|getenv\(' "$world" connector mock_registry
forbid 'connector/ never includes mock_registry/' '#include "mock_registry/' '-' connector
forbid 'httplib is included through its guard' '#include <httplib' 'connector/http/httplib_guard\.h' connector mock_registry tests bench
forbid 'SQLite stays in one file' '#include <sqlite3' 'connector/store/database\.cc' connector mock_registry
forbid 'zstd stays in one file' '#include <zstd' 'connector/store/container\.cc' connector mock_registry
forbid 'A Secret is revealed where a header is made of it, to tell two runs apart, and to hide it' '\.Reveal\(\)' \
  'connector/http/httplib_client\.cc|connector/http/dial\.cc|connector/cli/main\.cc|connector/cli/run\.cc|mock_registry/transport/sim_driver\.cc' connector mock_registry
forbid 'Output does not depend on hash order' 'unordered_(map|set)' '-' connector mock_registry

# A stage includes only what stands before it.
stages='core http npm access store sync cli'
later=$stages
for stage in $stages; do
  later=${later#"$stage"}
  later=${later# }
  [ -z "$later" ] && break
  forbid "connector/$stage/ includes no later stage" "#include \"connector/(${later// /|})/" '-' "connector/$stage"
done
exit $failed
