#!/bin/sh
# Every check and test, in the order in which a failure is told soonest. Goes on after a failure, and tells all at the end.
set -u
failed=""
step() {
	name=$1; shift
	started=$(date +%s)
	printf '\n== %s\n' "$name"
	"$@" || failed="$failed $name"
	printf '== %s: %s s\n' "$name" $(($(date +%s) - started))
}
step lint make -s lint
step unit make -s unit
step fuzz make -s fuzz
step wireguard make -s wireguard
step e2e make -s e2e
step kernel make -s kernel
[ -z "$failed" ] || { printf '\nfailed:%s\n' "$failed" >&2; exit 1; }
printf '\nall green\n'
