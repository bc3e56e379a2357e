#!/bin/sh
# Builds the program as one folder that needs no Python, dist/bundle/restorer, and from it a .deb.
#
#   sh packaging/bundle.sh            the folder
#   sh packaging/bundle.sh deb        the folder, and dist/restorer_VERSION_ARCH.deb
#   sh packaging/bundle.sh appimage   the folder, and dist/Restorer-VERSION-ARCH.AppImage
#
# It installs the wheel and PyInstaller into build/bundle-venv; PYTHON=... uses another environment
# that has both. RESTORER_EXTRAS (default: heif) names the extras that go in. A folder that is there
# is taken as it is with KEEP=1; DEB_COMPRESSION=zstd DEB_LEVEL=9 packs quicker than xz, APPIMAGE_LEVEL=6 than 15. An AppImage
# needs appimagetool, or mksquashfs and the runtime of AppImages, APPIMAGE_RUNTIME=FILE
# (https://github.com/AppImage/type2-runtime); without them its folder is made, build/Restorer.AppDir, which
# AppRun starts. packaging/try_bundle.sh tries what was built.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
extras=${RESTORER_EXTRAS-heif}
export RESTORER_EXTRAS="$extras"
out=$root/dist
cd "$root"

say() { printf 'restorer: %s\n' "$*" >&2; }

make_python() {
    python=$root/build/bundle-venv/bin/python
    [ -x "$python" ] || python3 -m venv "$root/build/bundle-venv"
    say "installing Restorer and PyInstaller into build/bundle-venv"
    # the CPU build of torch: the other one holds gigabytes of CUDA
    PIP_EXTRA_INDEX_URL="${PIP_EXTRA_INDEX_URL-https://download.pytorch.org/whl/cpu}" \
        "$python" -m pip install --quiet ".[$(printf '%s' "$extras" | tr ' ' ',')]" \
        'pyinstaller>=6.10' 'packaging>=24'
}

build_folder() {
    "$python" -m PyInstaller --noconfirm --distpath "$out/bundle" --workpath build/bundle \
        packaging/restorer.spec
    # shellcheck disable=SC2046 # words
    "$python" packaging/notices.py --out "$out/bundle/restorer" \
        $(for extra in $extras; do printf -- '--extra %s ' "$extra"; done)
    say "$(du -sm "$out/bundle/restorer" | cut -f1) MB in $out/bundle/restorer"
}

depends() {
    # The libraries that Qt opens a window with, as start.sh installs them; newer releases call
    # some of them NAMEt64.
    eval "$(sed -n '/^qt_libraries="/,/"$/p' packaging/start.sh)"
    # shellcheck disable=SC2154 # of start.sh
    for name in $qt_libraries; do
        case $name in
            libglib2.0-0) printf '%s | %st64, ' "$name" "$name" ;;
            *) printf '%s, ' "$name" ;;
        esac
    done
    printf 'libc6 (>= %s)' "$(ldd --version | sed -n '1s/.* //p')"
}

build_deb() {
    version=$("$out/bundle/restorer/restorer" --version | cut -d' ' -f2)
    arch=$(dpkg --print-architecture)
    tree=$root/build/deb
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN" "$tree/usr/bin" "$tree/usr/lib" "$tree/usr/share/applications" \
        "$tree/usr/share/metainfo" "$tree/usr/share/doc/restorer" \
        "$tree/usr/share/icons/hicolor/scalable/apps"
    cp -a "$out/bundle/restorer" "$tree/usr/lib/restorer"
    ln -s ../lib/restorer/restorer "$tree/usr/bin/restorer"
    # Named so that it sorts after the other: the first one in a list may become what a double click opens.
    cp packaging/restorer.desktop packaging/restorer_edit.desktop "$tree/usr/share/applications/"
    cp packaging/org.restorer.Restorer.metainfo.xml "$tree/usr/share/metainfo/"
    cp resources/icons/restorer.svg "$tree/usr/share/icons/hicolor/scalable/apps/"
    cat LICENSE "$out/bundle/restorer/THIRD-PARTY-NOTICES.txt" \
        >"$tree/usr/share/doc/restorer/copyright"
    cat >"$tree/DEBIAN/control" <<EOF
Package: restorer
Version: $version
Architecture: $arch
Maintainer: The Restorer authors <restorer@localhost>
Section: graphics
Priority: optional
Installed-Size: $(du -sk "$tree/usr" | cut -f1)
Depends: $(depends)
Description: repair damaged pictures with a diffusion model, and watch how it is done
 Restorer repairs noisy, scratched, blurred, small and over-compressed pictures with a
 diffusion model on this computer, and shows every step. Nothing is uploaded.
EOF
    chmod -R u=rwX,go=rX "$tree"
    dpkg-deb --root-owner-group "-Z${DEB_COMPRESSION-xz}" "-z${DEB_LEVEL-6}" --build "$tree" \
        "$out/restorer_${version}_$arch.deb"
    say "$(du -m "$out/restorer_${version}_$arch.deb" | cut -f1) MB"
}

build_appimage() {
    version=$("$out/bundle/restorer/restorer" --version | cut -d' ' -f2)
    tree=$root/build/Restorer.AppDir
    rm -rf "$tree"
    mkdir -p "$tree/usr/lib" "$tree/usr/share/metainfo"
    cp -a "$out/bundle/restorer" "$tree/usr/lib/restorer"
    cp packaging/org.restorer.Restorer.metainfo.xml "$tree/usr/share/metainfo/"
    cp packaging/restorer.desktop resources/icons/restorer.svg "$tree/"
    ln -s restorer.svg "$tree/.DirIcon"
    ln -s usr/lib/restorer/restorer "$tree/AppRun"
    image=$out/Restorer-$version-$(uname -m).AppImage
    if command -v appimagetool >/dev/null; then
        appimagetool "$tree" "$image"
    elif [ -n "${APPIMAGE_RUNTIME-}" ]; then
        mksquashfs "$tree" "$tree.squashfs" -root-owned -noappend -quiet -no-progress \
            -comp zstd -Xcompression-level "${APPIMAGE_LEVEL-15}"
        cat "$APPIMAGE_RUNTIME" "$tree.squashfs" >"$image"
        rm "$tree.squashfs"
        chmod 755 "$image"
        say "$(du -m "$image" | cut -f1) MB in $image"
    else
        say "appimagetool is missing; the folder of the AppImage is $tree"
    fi
}

if [ -z "${KEEP-}" ] || [ ! -x "$out/bundle/restorer/restorer" ]; then
    if [ -n "${PYTHON-}" ]; then python=$PYTHON; else make_python; fi
    build_folder
fi
case ${1-} in
    deb) build_deb ;;
    appimage) build_appimage ;;
esac
