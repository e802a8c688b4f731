#!/bin/sh
# Install the Debian packages that are missing for `run` or `test`. Skips what is there; starts no service.
set -eu

die() { echo "sentra: $*" >&2; exit 1; }

missing() {
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
	done
}

# A newly installed caddy must not start its own service on ports 80 and 2019: policy-rc.d says so to every
# package script while this installation runs. A policy or a Caddy that was there before is left alone.
without_services() {
	policy=/usr/sbin/policy-rc.d
	if [ -e "$policy" ]; then "$@"; return; fi
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	trap 'rm -f "$policy"' EXIT INT TERM
	"$@"
	rm -f "$policy"
	trap - EXIT INT TERM
}

purpose=${1:?run or test}
run="ca-certificates iproute2 nftables caddy wireguard-tools"
test="chromium curl iputils-ping jq openssl procps strace qemu-system-x86 busybox-static kmod udev cpio zstd"

wanted=$run
[ "$purpose" = test ] && wanted="$run $test"
python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || wanted="$wanted python3 python3-venv"
# The kernel module is preferred; where it cannot be loaded, WireGuard runs in user space. Tests need both.
if [ "$purpose" = test ] || { [ ! -d /sys/module/wireguard ] && ! modprobe wireguard 2>/dev/null; }; then
	wanted="$wanted wireguard-go"
fi

lacking=$(missing $wanted)
[ -n "$lacking" ] || exit 0
command -v apt-get >/dev/null || die "these programs are missing and there is no apt-get to install them:" $lacking
[ "$(id -u)" = 0 ] || die "installing these Debian packages needs root:" $lacking "- run the same command as root"

export DEBIAN_FRONTEND=noninteractive
echo "sentra: installing" $lacking
apt-get update -qq || die "apt-get update failed: check the network and /etc/apt"
without_services apt-get install -y -qq --no-install-recommends $lacking >/dev/null ||
	die "apt-get could not install" $lacking
