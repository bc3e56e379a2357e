#!/bin/sh
# Runs tests with the oldest, or the newest, libraries that pyproject.toml allows.
#
#   sh packaging/bounds.sh lowest                    the tests that libraries decide
#   sh packaging/bounds.sh newest tests/ui -x        others, with what pytest is given
#
# A new environment is made in build/bounds-lowest or build/bounds-newest. TORCH=2.13.0+cpu takes that
# torch in place of the oldest or newest; without it, on Linux, a CUDA build of gigabytes may come.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
end=${1:?lowest or newest}
shift
case $end in
    lowest) resolution=lowest-direct ;;
    newest) resolution=highest ;;
    *) printf 'bounds: lowest or newest, not %s\n' "$end" >&2; exit 2 ;;
esac
cd "$root"
venv=build/bounds-$end
python3 -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet uv
uv() { "$venv/bin/python" -m uv pip "$@" --quiet ${PIP_FIND_LINKS:+--find-links "$PIP_FIND_LINKS"}; }

: >"$venv/override.txt"
[ -z "${TORCH-}" ] || printf 'torch==%s\n' "$TORCH" >"$venv/override.txt"
uv compile pyproject.toml --resolution "$resolution" --override "$venv/override.txt" \
    --extra batch --extra c2pa --extra exr --extra heif --extra latent --extra raw \
    --output-file "$venv/libraries.txt"
# what runs the tests is not tested: its newest will do
uv install --python "$venv/bin/python" -r "$venv/libraries.txt" \
    hypothesis packaging pytest pytest-qt pytest-xdist scikit-image
grep -v '^ *#' "$venv/libraries.txt"

[ $# -gt 0 ] || set -- tests/imaging tests/diffusion tests/engine/test_pixel_models.py \
    tests/ui/test_window.py -m 'not prior and not packaging'
export PYTHONPATH="$root" QT_QPA_PLATFORM="${QT_QPA_PLATFORM-offscreen}" OMP_NUM_THREADS="${OMP_NUM_THREADS-1}"
exec "$venv/bin/python" -m pytest -q -p no:cacheprovider "$@"
