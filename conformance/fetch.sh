#!/bin/bash
# Fetches what the conformance suites run into .cache/conformance: MicroPython's tests (Debian's source package), and the
# third-party packages (PyPI, pure Python only). The parser's fixtures come with the crate that cargo has fetched. Needs
# apt and pip. `conformance/fetch.sh micropython` or `packages` fetches one of them.
set -eu
cd "$(dirname "$0")/.."
dir=$PWD/.cache/conformance
mkdir -p "$dir"
what=${1:-all}

micropython() {
    local apt=$dir/apt
    mkdir -p "$apt"/{state/lists/partial,cache/archives/partial,source}
    : > "$apt/state/status"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" > "$apt/sources.list"
    cat > "$apt/apt.conf" <<CONF
Dir::State "$apt/state";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "root";
CONF
    export APT_CONFIG=$apt/apt.conf
    apt-get update -qq
    (cd "$apt/source" && rm -f ./* && apt-get source -qq --download-only micropython)
    rm -rf "$dir/micropython"
    mkdir -p "$dir/micropython"
    tar xf "$apt"/source/micropython_*.orig.tar.xz -C "$dir/micropython" --strip-components=2 --wildcards '*/tests/*'
    rm -rf "$apt"
    echo "MicroPython's tests are in $dir/micropython"
}

packages() {
    rm -rf "$dir/packages" "$dir/wheels"
    mkdir -p "$dir/packages" "$dir/wheels"
    pip install -q --target "$dir/packages" --no-deps --only-binary=:all: --platform any --implementation py --abi none \
        jinja2 click attrs tomli sqlglot networkx mako chameleon html5lib docutils pygments rich markdown-it-py mdurl \
        sortedcontainers more-itertools pyparsing lark mpmath sympy hypothesis webencodings six
    # These have wheels with C parts only; what is in Python does without them.
    pip download -q --no-deps --only-binary=:all: --platform manylinux2014_x86_64 --python-version 3.13 -d "$dir/wheels" \
        markupsafe pyyaml
    for wheel in "$dir"/wheels/*.whl; do
        python3 -m zipfile -e "$wheel" "$dir/packages"
    done
    find "$dir/packages" -name '*.so' -delete
    rm -rf "$dir/wheels"
    echo "the packages are in $dir/packages"
}

case $what in
    all) micropython; packages ;;
    micropython | packages) $what ;;
    *) echo "no such suite: $what"; exit 2 ;;
esac
