#!/bin/sh
# Tries what packaging/bundle.sh has built where there is nothing else: a bare Debian without Python and
# without a network. A picture is restored on the command line; another is opened in the window by keys
# and pointer alone, restored, saved back, and the window closed.
#
#   sudo sh packaging/try_bundle.sh dist/bundle/restorer      the folder
#   sudo sh packaging/try_bundle.sh dist/restorer_*.deb       installed with apt-get, started from the menu entry
#   sudo sh packaging/try_bundle.sh dist/Restorer-*.AppImage
#
# It needs root, debootstrap, xvfb, xdotool and imagemagick. BARE=FOLDER names a bare Debian that is there
# (it is copied, not changed); SCREENS=FOLDER keeps what the window looked like.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
what=${1:?what is to be tried: a folder, a .deb or an AppImage}
work=$(mktemp -d)
debian=$work/debian
screens=${SCREENS-$work/screens}
mkdir -p "$screens"

say() { printf 'try_bundle: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
for tool in debootstrap Xvfb xdotool import unshare; do
    command -v $tool >/dev/null || fail "$tool is missing: apt-get install debootstrap xvfb xdotool imagemagick"
done

server=
program=
tidy_up() {
    [ -z "$program" ] || pkill -P "$program" || true
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    umount "$debian/tmp/.X11-unix" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap tidy_up EXIT
trap 'exit 130' INT TERM

# --- a bare Debian, and the program in it -----------------------------------------------------------
if [ -n "${BARE-}" ]; then
    cp -a "$BARE" "$debian"
else
    say "making a bare Debian"
    debootstrap --variant=minbase stable "$debian" >/dev/null
fi
within() { # COMMAND...: in the bare Debian, which has no network, no environment and this person's processes only
    unshare --mount --net --pid --fork --kill-child --root="$debian" --mount-proc \
        env -i HOME=/srv LANG=C.UTF-8 PATH=/usr/bin:/bin TMPDIR=/tmp DISPLAY="${display-}" ${OMP_NUM_THREADS:+OMP_NUM_THREADS="$OMP_NUM_THREADS"} "$@"
}
! within sh -c 'command -v python3 python' >/dev/null || fail "there is a Python; that would prove nothing"

# What any desktop has: fonts, and the libraries of its screen.
case $what in
    *.deb)
        cp "$what" "$debian/tmp/restorer.deb"
        say "installing it with apt-get"
        chroot "$debian" sh -c 'apt-get update -qq && apt-get install -qq -y --no-install-recommends /tmp/restorer.deb' \
            >/dev/null
        ! within sh -c 'command -v python3' >/dev/null || fail "the package brings a Python"
        call=restorer
        ;;
    *)
        chroot "$debian" sh -c 'apt-get update -qq && apt-get install -qq -y --no-install-recommends \
            fonts-dejavu-core libegl1 libgl1' >/dev/null
        if [ -d "$what" ]; then
            cp -a "$what" "$debian/opt/restorer"
            call=/opt/restorer/restorer
        else
            cp "$what" "$debian/opt/restorer.AppImage"
            call="/opt/restorer.AppImage --appimage-extract-and-run" # without FUSE
        fi
        ;;
esac

# --- the command line -------------------------------------------------------------------------------
small=/srv/small.png
cp "$root/resources/samples/panda-small.png" "$debian$small"
run() { # shellcheck disable=SC2086 # a command of several words
    within $call "$@"
}
run --version
run noise "$small" -o /srv/noisy.png --t 60
run restore /srv/noisy.png -o /srv/restored.png 2>&1 | tail -n 2
[ -s "$debian/srv/restored.png" ] || fail "no picture was restored"
run restore "$small" -o /srv/larger.tif --task upscale 2>&1 | tail -n 1
[ -s "$debian/srv/larger.tif" ] || fail "no picture was enlarged"

# --- the window -------------------------------------------------------------------------------------
display=:$((90 + $$ % 100))
Xvfb "$display" -screen 0 1280x800x24 -nolisten tcp >/dev/null 2>&1 &
server=$!
mkdir -p "$debian/tmp/.X11-unix"
sleep 2
mount --bind /tmp/.X11-unix "$debian/tmp/.X11-unix"
export DISPLAY="$display"

look() { import -window root "$screens/$1.png"; }
wait_for() { # SECONDS WHAT COMMAND...
    left=$1 what_for=$2
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        left=$((left - 2))
        [ $left -gt 0 ] || { look failed; fail "$what_for: not in time (see $screens/failed.png)"; }
        sleep 2
    done
}
key() {
    xdotool search --onlyvisible --name Restorer windowfocus --sync 2>/dev/null || true
    xdotool key --clearmodifiers "$1"
}
can_restore() { # a button in the lower panel has its colour: something there has more red than blue
    shade=$(import -window root png:- | convert png:- -crop 4x90+1000+465 -fx 'u.r-u.b' -depth 8 \
        -format '%[fx:int(255*maxima)]' info:)
    [ "$shade" -gt 100 ]
}
differs() { ! cmp -s "$debian/srv/noisy.png" "$work/before.png"; }
try_to_save() { key ctrl+s; sleep 2; differs; }

cp "$debian/srv/noisy.png" "$work/before.png"
run edit /srv/noisy.png >"$work/window.log" 2>&1 &
program=$!
wait_for 120 "the window" xdotool search --onlyvisible --name 'noisy.png'
wait_for 300 "the measuring" can_restore
look opened
key ctrl+Return
wait_for 300 "a result saved back" try_to_save
look restored
key ctrl+q
code=0
wait "$program" || code=$?
program=
cat "$work/window.log" >&2
[ "$code" = 0 ] || fail "the window ended with $code"
say "a picture was restored on the command line and in the window, and saved back"
