"""New Content Credentials: they hold, name what the picture was made from, and say how."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restorer.cli.main import main
from restorer.document.work import write
from restorer.errors import BadInput
from restorer.imaging.credentials import LEFT_OUT, SEEN
from restorer.imaging.formats import AS_USUAL, FORMATS
from restorer.imaging.picture import Picture
from restorer.imaging.provenance import SOURCE_TYPE, with_record
from restorer.imaging.read import read_picture
from restorer.imaging.signing import Signer
from restorer.imaging.write import write_picture

c2pa = pytest.importorskip("c2pa")

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402
from cryptography.hazmat.primitives.serialization import (  # noqa: E402
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: E402

PIXELS = np.random.default_rng(0).random((24, 32, 3), np.float32)
KEYS = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ps256": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def certified(key: Any, folder: Path) -> tuple[Path, Path]:
    """Files with a certificate of a made-up authority, and the key."""
    authority = ec.generate_private_key(ec.SECP256R1())
    names = [
        x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]) for name in ("CA", "We")
    ]
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    )
    usage |= dict.fromkeys(("encipher_only", "decipher_only"), False)
    made = []
    for name, public, ca in ((names[1], key, False), (names[0], authority, True)):
        builder = x509.CertificateBuilder(names[0], name, public.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
        builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=30))
        for extension, critical in (
            (x509.BasicConstraints(ca, None), True),
            (
                x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **usage),
                True,
            ),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
            (x509.SubjectKeyIdentifier.from_public_key(public.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False),
        ):
            builder = builder.add_extension(extension, critical)
        made.append(builder.sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM))
    paths = folder / "certificates.pem", folder / "key.pem"
    paths[0].write_bytes(b"".join(made))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.read(*certified(KEYS["es256"](), tmp_path))


def told(path: Path, mime: str) -> tuple[str, dict[str, Any]]:
    """Whether the credentials of a file hold, and the newest of them."""
    with c2pa.Reader(mime, io.BytesIO(path.read_bytes())) as reader:
        store = json.loads(reader.json())
    return store["validation_state"], store["manifests"][store["active_manifest"]]


@pytest.mark.parametrize("name", ["PNG", "JPEG", "TIFF", "WEBP", "AVIF", "JXL"])
def test_a_signed_file_holds_and_names_its_parent(
    name: str, signer: Signer, tmp_path: Path
) -> None:
    format = FORMATS[name]
    came, out = tmp_path / "came.jpg", tmp_path / f"out{format.suffixes[0]}"
    write_picture(Picture(PIXELS), came, signer=signer)
    read = read_picture(came)
    assert read.credentials and SEEN in read.notes
    xmp = with_record(None, "{}", SOURCE_TYPE)
    changed = read.with_pixels(0.5 * read.pixels)
    assert LEFT_OUT not in write_picture(changed, out, xmp=xmp, signer=signer)
    state, manifest = told(out, format.mime)
    assert state == "Valid"
    (parent,) = manifest["ingredients"]
    assert (parent["title"], parent["relationship"]) == ("came.jpg", "parentOf")
    assert parent["active_manifest"]  # the credentials that it had
    actions = next(a for a in manifest["assertions"] if a["label"].startswith("c2pa.actions"))
    opened, edited = actions["data"]["actions"]
    assert (opened["action"], edited["action"]) == ("c2pa.opened", "c2pa.edited")
    assert edited["digitalSourceType"] == SOURCE_TYPE
    assert edited["softwareAgent"]["name"] == "Restorer"

    write_picture(changed, tmp_path / f"plain{format.suffixes[0]}", xmp=xmp)
    plain, back = read_picture(tmp_path / f"plain{format.suffixes[0]}"), read_picture(out)
    np.testing.assert_array_equal(back.pixels, plain.pixels)
    assert back.xmp == plain.xmp and back.credentials and not plain.credentials


def test_what_was_changed_afterwards_does_not_hold(signer: Signer, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    write_picture(Picture(PIXELS), out, signer=signer)
    data = bytearray(out.read_bytes())
    data[-20] ^= 1
    out.write_bytes(data)
    assert told(out, "image/png")[0] == "Invalid"


@pytest.mark.parametrize("algorithm", list(KEYS))
def test_keys_of_several_kinds_sign(algorithm: str, tmp_path: Path) -> None:
    found = Signer.read(*certified(KEYS[algorithm](), tmp_path))
    assert found.algorithm == algorithm
    found.check("JPEG")


def test_what_cannot_be_signed_is_said_before_the_work(signer: Signer, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="QOI has no place for Content Credentials"):
        signer.check("QOI")
    certificates, key = certified(KEYS["es256"](), tmp_path)
    with pytest.raises(BadInput, match="holds no private key"):
        Signer.read(certificates, certificates)
    with pytest.raises(BadInput, match="is no file"):
        Signer.read(tmp_path, key)
    key.write_bytes(
        KEYS["es384"]().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    with pytest.raises(BadInput, match="could not be signed"):
        Signer.read(certificates, key).check("PNG")


def test_what_the_window_saves_is_signed_where_the_format_can(tmp_path: Path) -> None:
    sign = certified(KEYS["es256"](), tmp_path)
    assert write(Picture(PIXELS), None, tmp_path / "out.png", False, AS_USUAL, sign=sign) == ()
    assert told(tmp_path / "out.png", "image/png")[0] == "Valid"
    (note,) = write(Picture(PIXELS), None, tmp_path / "out.qoi", False, AS_USUAL, sign=sign)
    assert note == "QOI has no place for Content Credentials; it is not signed."


def test_an_archive_is_signed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_picture(Picture(np.full((24, 32, 3), 0.5, np.float32)), tmp_path / "a.png")
    (tmp_path / "recipe.toml").write_text("rotate = 90")  # which asks no network
    sign = map(str, certified(KEYS["es256"](), tmp_path))
    files = [str(tmp_path / name) for name in ("a.png", "out")]
    recipe = ["--recipe", str(tmp_path / "recipe.toml")]
    assert main(["batch", *files, *recipe, "--sign", *sign]) == 0, capsys.readouterr().err
    assert told(tmp_path / "out/a.png", "image/png")[0] == "Valid"
