#!/bin/sh
# Run a command of this project on a real WireGuard kernel module, in a virtual machine that shares these files.
#
# Without arguments it runs the tests that need the kernel. The machine's kernel comes from setup/kernel.sh. Where no
# emulator is to be had this says so and succeeds, except where CI is set. The exit code is the command's.
set -eu

cd "$(dirname "$0")/../.."
root=$PWD
limit=${SENTRA_KERNEL_SECONDS:-600}
python=.venv/bin/python
# Emulated Python is slow: no plugins, test modules and fixtures that these tests do not need.
[ $# -gt 0 ] || set -- env PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$python" -u -m pytest -v -m "kernel or module" --durations=10 \
	-p pytest_asyncio.plugin --confcutdir=tests/drivers tests/drivers/test_contract.py tests/drivers/test_contract_apply.py tests/kernel \
	tests/agent/test_reconciler_real.py

lacking() {
	cat >&2 <<-END
		##############################################################################
		# sentra: NOT TESTED on the kernel's WireGuard: $1
		##############################################################################
	END
	[ -z "${CI:-}" ] || exit 1
	exit 0
}

command -v qemu-system-x86_64 >/dev/null || lacking "qemu-system-x86_64 is missing"
command -v busybox >/dev/null || lacking "busybox is missing"
[ -x .venv/bin/vng ] || lacking "virtme-ng is missing from .venv"
[ "$(uname -m)" = x86_64 ] || lacking "the test kernel is for x86_64"
sh setup/kernel.sh || lacking "setup/kernel.sh failed"

quoted=
for word in "$@"; do
	quoted="$quoted '$(printf %s "$word" | sed "s/'/'\\\\''/g")'"
done
kernel=var/kernel/boot/vmlinuz-$(cat var/kernel/complete)

# The exit code goes through a pipe of its own: output that is written to a file directly arrives corrupted, so the
# machine's output has to pass through cat (virtme-ng), and cat's exit code is not the one that is wanted.
code=$({
	{
		PATH=$root/.venv/bin:$PATH timeout --kill-after=10 "$limit" vng --disable-kvm --run "$kernel" \
			--user root --memory 2G --cpus 2 --append rcupdate.rcu_expedited=1 -- \
			"modprobe -a wireguard tun && ip link set lo up && cd '$root' && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH='$root' exec $quoted" \
			3>&- </dev/null && echo 0 >&3 || echo $? >&3
	} 2>&1 | cat >&4
} 3>&1) 4>&1
[ "$code" != 124 ] || echo "sentra: the virtual machine did not finish within $limit s" >&2
exit "$code"
