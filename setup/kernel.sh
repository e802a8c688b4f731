#!/bin/sh
# Unpack a Debian kernel that has the WireGuard module into var/kernel, for tests/kernel/run.sh to boot in a virtual
# machine. Nothing is installed: the running system keeps its kernel, its modules and its boot loader.
set -eu

die() { echo "sentra: $*" >&2; exit 1; }

cd "$(dirname "$0")/.."
folder=var/kernel
[ ! -e "$folder/complete" ] || exit 0
for program in apt-get apt-cache dpkg depmod; do
	command -v "$program" >/dev/null || die "setup/kernel.sh needs $program: it unpacks a kernel of Debian"
done

# The meta package depends on exactly one image: not the cloud flavour (no 9p, so no virtual machine with our files),
# not the real-time one, signed.
newest() { apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*-amd64\)$/\1/p' | head -n 1; }
package=$(newest)
if [ -z "$package" ]; then
	apt-get update -qq || die "apt-get update failed: check the network and /etc/apt"
	package=$(newest)
fi
[ -n "$package" ] || die "apt knows no linux-image-amd64: /etc/apt must name a Debian release for amd64"
release=${package#linux-image-}

echo "sentra: unpacking $package into $folder"
rm -rf "$folder"
mkdir -p "$folder/download"
trap 'rm -rf "$folder"' EXIT INT TERM
download() { (cd "$folder/download" && apt-get download -qq "$package" >/dev/null); }
download 2>/dev/null || { apt-get update -qq && download; } || die "apt-get could not download $package"
dpkg -x "$folder"/download/*.deb "$folder"
depmod -b "$folder" "$release"
rm -r "$folder/download"
echo "$release" >"$folder/complete"
trap - EXIT INT TERM
