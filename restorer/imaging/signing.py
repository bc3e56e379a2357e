"""Content Credentials for a changed picture, signed with a person's own certificate.

What they say is that Restorer opened the file it came from and changed it, and how much of it is
made up (C2PA 2.1, actions). c2pa-python, of the Content Authenticity Initiative, makes and signs
them; nobody is asked over the network, so they have no timestamp of an authority.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from restorer import __version__
from restorer.errors import BadInput
from restorer.imaging import provenance
from restorer.imaging.credentials import can_hold
from restorer.imaging.formats import FORMATS, Encode
from restorer.imaging.names import printable
from restorer.imaging.picture import Picture
from restorer.imaging.raster import Raster

_MOST = 1 << 20  # bytes of a certificate or a key
_US = {"name": "Restorer", "version": __version__}
#: No pictures in the credentials, and nothing from the network.
_SETTINGS = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
# By the size of the curve, in bits.
_OF_CURVES = {256: "es256", 384: "es384", 521: "es512"}


@dataclass(frozen=True)
class Signer:
    """Who signs.

    Attributes:
        certificates: PEM, the signer's first and then those that vouch for it.
        key: PEM, the private one, without a password.
        algorithm: as C2PA names it: "es256", "ps256", "ed25519", ...
    """

    certificates: bytes
    key: bytes
    algorithm: str

    @staticmethod
    def read(certificates: Path, key: Path) -> Signer:
        """From two files.

        Raises:
            BadInput: c2pa-python is missing, or a file or what is in it cannot be used.
        """
        try:
            import c2pa  # noqa: F401
        except ImportError as error:
            raise BadInput(
                "Signing needs the package c2pa-python: pip install 'restorer[c2pa]'."
            ) from error
        secret = _file(key)
        return Signer(_file(certificates), secret, _algorithm(secret, key))

    def check(self, format: str) -> None:
        """Sign one pixel in a format, so that a bad certificate fails before the work.

        Raises:
            BadInput: it fails.
        """
        if not can_hold(format):
            title = FORMATS[format].title
            raise BadInput(
                "{title} has no place for Content Credentials; leave --sign out.", title=title
            )
        one = Raster(np.zeros((8, 8, 3), np.uint8), "rgb", 255.0, 8, format)
        encode = FORMATS[format].encode()
        self.signing_encoder(encode, Picture(np.zeros((8, 8, 3), np.float32)), format)(
            one, io.BytesIO()
        )

    def signing_encoder(self, encode: Encode, picture: Picture, format: str) -> Encode:
        """The function that writes a signed file of a format.

        Args:
            encode: what writes it unsigned.
            picture: what is written; its file is what credentials call its parent.
            format: its name in `FORMATS`.

        Raises:
            BadInput: when it is called, if c2pa cannot sign with this certificate, or the format.
        """

        def signed(raster: Raster, file: BinaryIO) -> None:
            plain = io.BytesIO()
            encode(raster, plain)
            self._sign(plain, file, picture, FORMATS[format].mime)

        return signed

    def _sign(self, plain: BinaryIO, file: BinaryIO, picture: Picture, mime: str) -> None:
        import c2pa

        try:
            settings = c2pa.Settings.from_dict(_SETTINGS)
            builder = c2pa.Builder(_manifest(picture), c2pa.Context(settings))
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            parent = picture.path
            if parent is not None and parent.is_file():
                kind = FORMATS[picture.format].mime
                about = {"title": parent.name, "relationship": "parentOf"}
                builder.add_ingredient(about, kind, io.BytesIO(parent.read_bytes()))
            plain.seek(0)
            info = c2pa.C2paSignerInfo(self.algorithm, self.certificates, self.key, None)
            builder.sign(c2pa.Signer.from_info(info), mime, plain, file)
        except (c2pa.C2paError, OSError, ValueError) as error:
            raise BadInput(
                "Content Credentials could not be signed with this certificate and key.", str(error)
            ) from error


def _manifest(picture: Picture) -> dict[str, Any]:
    made = provenance.declared(picture.xmp) or provenance.ENHANCED
    edited = {"action": "c2pa.edited", "softwareAgent": _US, "digitalSourceType": made}
    assertion = {"label": "c2pa.actions.v2", "data": {"actions": [edited]}}
    return {"claim_generator_info": [_US], "title": picture.name, "assertions": [assertion]}


def _algorithm(secret: bytes, path: Path) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(secret, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput(
            "{name} holds no private key (PEM, without a password).",
            str(error),
            name=printable(path.name),
        ) from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    curve = key.curve.key_size if isinstance(key, ec.EllipticCurvePrivateKey) else 0
    if curve not in _OF_CURVES:
        raise BadInput(
            "Content Credentials are not signed with a key as in {name}.", name=printable(path.name)
        )
    return _OF_CURVES[curve]


def _file(path: Path) -> bytes:
    try:
        if path.is_file() and path.stat().st_size <= _MOST:
            return path.read_bytes()
    except OSError as error:
        raise BadInput("{path} cannot be read.", str(error), path=printable(path)) from error
    raise BadInput("{path} is no file with a certificate or a key.", path=printable(path))
