#!/bin/bash
# Fetches CPython 3.13's own tests (Debian's package libpython3.13-testsuite and the library's test.support) into
# .cache/cpython-tests, where `cargo test --test cpython` finds them on a machine without Python 3.13. Needs apt.
set -eu
cd "$(dirname "$0")/../.."
dir=$PWD/.cache/cpython-tests
mkdir -p "$dir"/apt/{state/lists/partial,cache/archives/partial,debs}
: > "$dir/apt/state/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" > "$dir/apt/sources.list"
cat > "$dir/apt/apt.conf" <<CONF
Dir::State "$dir/apt/state";
Dir::State::status "$dir/apt/state/status";
Dir::Cache "$dir/apt/cache";
Dir::Etc::sourcelist "$dir/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Architecture "amd64";
APT::Sandbox::User "root";
CONF
export APT_CONFIG=$dir/apt/apt.conf
apt-get update -qq
(cd "$dir/apt/debs" && rm -f ./*.deb && apt-get download -q libpython3.13-testsuite libpython3.13-stdlib)
for package in "$dir"/apt/debs/*.deb; do
    dpkg -x "$package" "$dir/apt/root"
done
rm -rf "$dir/test"
mv "$dir/apt/root/usr/lib/python3.13/test" "$dir/test"
version=$(basename "$dir"/apt/debs/libpython3.13-testsuite_*.deb | cut -d_ -f2 | cut -d- -f1)
echo "$version" > "$dir/VERSION"
rm -rf "$dir/apt"
echo "CPython $version's tests are in $dir/test"
