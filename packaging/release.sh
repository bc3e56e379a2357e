#!/bin/sh
# Builds what a release consists of into dist/: wheel, sdist, licence notices, SBOM, checksums.
#
#   sh packaging/release.sh            build, twice, and compare
#   sh packaging/release.sh check      only see whether the tree is ready to be released
#
# The version stands in restorer/__init__.py alone; everything here reads it there. Nothing is
# uploaded: `twine upload dist/*.whl dist/*.tar.gz` does that.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
python=${PYTHON-$root/.venv/bin/python}
cd "$root"

fail() { printf 'restorer: %s\n' "$*" >&2; exit 1; }

command -v "$python" >/dev/null || fail "there is no $python: sh packaging/start.sh check makes it"
version=$("$python" -c 'import sys; sys.path.insert(0, "."); import restorer; print(restorer.__version__)')

check() {
    grep -q "^## \[$version\]" CHANGELOG.md || fail "CHANGELOG.md has no entry for $version"
    grep -q "<release version=\"$version\"" packaging/org.restorer.Restorer.metainfo.xml ||
        fail "the metainfo has no release $version"
    [ -z "$(git status --porcelain)" ] || fail "there are changes that are not committed"
    git rev-parse -q --verify "refs/tags/v$version" >/dev/null ||
        printf 'restorer: not tagged yet: git tag -s v%s\n' "$version" >&2
}

build() { # $1: into this folder
    "$python" -m build --no-isolation --outdir "$1" . >/dev/null ||
        fail "the build failed; pip install -e '.[release]' brings what it needs"
}

check
[ "${1-}" = check ] && exit 0

# Everything in an archive is as old as the commit.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
rm -rf dist
build dist
build "$again"
for file in dist/*; do
    cmp "$file" "$again/${file##*/}" || fail "$file is not the same when it is built again"
done
"$python" -m twine check --strict dist/*.whl dist/*.tar.gz
"$python" packaging/notices.py --out dist
(cd dist && sha256sum -- * >../SHA256SUMS && mv ../SHA256SUMS .)
ls -l dist
