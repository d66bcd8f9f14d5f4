#!/usr/bin/env bash
# Usage: build-baton.sh OUTDIR
# Builds OUTDIR/baton-sdk, the official `baton` command line at the version that baton-sdk/go.mod pins. Does nothing, quickly, if it is
# there and up to date. Exit code 77: no usable Go. Any other non-zero code: a real failure.
#
# A module of our own, because `go install` refuses modules with replace lines. The one for SQLite is not repeated: the Go proxy does
# not serve that fork, and the SDK works with the original that it is a fork of.
set -euo pipefail

die() { echo "build-baton: $2" >&2; exit "$1"; }

[[ $# -eq 1 ]] || die 2 "usage: build-baton.sh OUTDIR"
module=$(cd "$(dirname "${BASH_SOURCE[0]}")/baton-sdk" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)

version=$(awk '$1 == "github.com/conductorone/baton-sdk" {print $2}' "$module/go.mod")
stamp="$version $(cat "$module/go.mod" "$module/go.sum" | cksum)"
[[ ! -x $out/baton-sdk || $(cat "$out/.baton-sdk.stamp" 2>/dev/null) != "$stamp" ]] || exit 0

command -v go >/dev/null || die 77 "go is not installed"
needed=$(awk '$1 == "go" {print $2}' "$module/go.mod")
# Without GOTOOLCHAIN=local, go would answer for a toolchain that it may have to download.
found=$(GOTOOLCHAIN=local go env GOVERSION)
found=${found#go}
[[ $(printf '%s\n' "$needed" "$found" | sort -V | head -n 1) == "$needed" ]] || die 77 "go $found is older than $needed"

go -C "$module" build -trimpath -buildvcs=false -mod=readonly -ldflags "-s -w -X main.version=$version" \
  -o "$out/.baton-sdk.new" github.com/conductorone/baton-sdk/cmd/baton || die 1 "go failed"
mv "$out/.baton-sdk.new" "$out/baton-sdk"
echo "$stamp" >"$out/.baton-sdk.stamp"
