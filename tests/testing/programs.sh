# For tests of programs: source it. Works in a folder of its own that is gone in the end.
work=$(mktemp -d)
cd "$work" || exit 1
failures=0
registry_pid=

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# run COMMAND...: sets $stdout, $stderr and $code.
run() {
  command_line="$*"
  "$@" >"$work/.stdout" 2>"$work/.stderr"
  code=$?
  stdout=$(cat "$work/.stdout")
  stderr=$(cat "$work/.stderr")
  rm -f "$work/.stdout" "$work/.stderr"
}

expect_exit() { [ "$code" = "$1" ] || fail "$command_line: exit code $code, expected $1. It said: $stdout $stderr"; }
expect_in_stdout() { [[ $stdout == *"$1"* ]] || fail "$command_line: no \"$1\" on standard output: $stdout"; }
expect_in_stderr() { [[ $stderr == *"$1"* ]] || fail "$command_line: no \"$1\" on standard error: $stderr"; }
expect_not_in_stderr() { [[ $stderr != *"$1"* ]] || fail "$command_line: \"$1\" on standard error: $stderr"; }

# start_registry FOLDER_OF_BINARIES SCENARIO: sets $registry_url once it is ready.
start_registry() {
  mkfifo "$work/.ready"
  "$1/mock-registry" serve "$2" >"$work/.ready" &
  registry_pid=$!
  read -r registry_url <"$work/.ready" || { echo "FAILED: mock-registry did not start" >&2; exit 1; }
  rm "$work/.ready"
}

# stop_registry: sets $registry_exit.
stop_registry() {
  kill -TERM "$registry_pid"
  wait "$registry_pid"
  registry_exit=$?
  registry_pid=
}

clean_up() {
  [ -z "$registry_pid" ] || kill "$registry_pid" 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT

finish() {
  [ "$failures" = 0 ] || echo "$failures expectations failed" >&2
  exit $((failures > 0))
}
