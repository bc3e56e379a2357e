"""Pictures and metadata to write and read again."""

from __future__ import annotations

import pytest
from PIL import Image, ImageCms


@pytest.fixture
def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def exif_blob() -> bytes:
    exif = Image.Exif()
    exif[271] = "Restorer Optics"
    exif[306] = "2024:02:29 12:00:00"
    exif[33432] = "(c) A. Person"
    exif.get_ifd(0x8769).update({33434: 0.008, 34855: 6400, 37500: b"maker note\0" * 5})
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0)})
    return exif.tobytes()


@pytest.fixture
def xmp_blob() -> bytes:
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="x">'
        b"<dc:creator><rdf:Seq><rdf:li>A. Person</rdf:li></rdf:Seq></dc:creator>"
        b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
