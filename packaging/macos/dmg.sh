#!/bin/sh
# Untested: no Mac was available. Signs, notarises and packs what PyInstaller leaves on macOS.
#
#   python -m PyInstaller --noconfirm --distpath dist/bundle packaging/restorer.spec
#   IDENTITY='Developer ID Application: …' PROFILE=restorer sh packaging/macos/dmg.sh
#
# PROFILE is what `xcrun notarytool store-credentials PROFILE` keeps in the keychain.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
app=$root/dist/bundle/Restorer.app
version=$("$app/Contents/MacOS/restorer" --version | cut -d' ' -f2)
image=$root/dist/restorer-$version.dmg

# Libraries first, each by itself, then the whole with the hardened runtime.
find "$app" -type f \( -name '*.so' -o -name '*.dylib' \) \
    -exec codesign --force --timestamp --options runtime --sign "$IDENTITY" {} +
codesign --force --timestamp --options runtime --sign "$IDENTITY" "$app"
codesign --verify --strict "$app"
hdiutil create -volname Restorer -srcfolder "$app" -format ULFO -ov "$image"
codesign --timestamp --sign "$IDENTITY" "$image"
xcrun notarytool submit "$image" --keychain-profile "$PROFILE" --wait
xcrun stapler staple "$image"
