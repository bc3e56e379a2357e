"""The record goes into any format and comes back; other programs' XMP survives."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from restorer.imaging.picture import Picture
from restorer.imaging.provenance import (
    ENHANCED,
    SOURCE_TYPE,
    only_declared,
    read_record,
    record_in,
    with_record,
)
from restorer.imaging.read import read_picture
from restorer.imaging.write import write_picture

RECORD = json.dumps({"noise": 25.0, "note": 'a <b> & "c" ]]> é \n 漢', "steps": [1, 2]})
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
DC = "{http://purl.org/dc/elements/1.1/}"


def test_a_new_packet_declares_the_source_and_carries_the_record() -> None:
    packet = with_record(None, RECORD)
    assert record_in(packet) == RECORD
    tree = ElementTree.fromstring(packet)  # another parser
    sources = [element.text for element in tree.iter(IPTC + "DigitalSourceType")]
    assert sources == [SOURCE_TYPE]
    assert SOURCE_TYPE.endswith("/digitalsourcetype/compositeWithTrainedAlgorithmicMedia")
    assert packet.startswith(b"<?xpacket begin=")
    assert packet.endswith(b'<?xpacket end="w"?>')


def test_what_was_there_is_kept(xmp_blob: bytes) -> None:
    tree = ElementTree.fromstring(with_record(xmp_blob, RECORD))
    assert [li.text for li in tree.iter(RDF + "li")] == ["A. Person"]
    formats = [d.get(DC + "format") for d in tree.iter(RDF + "Description")]
    assert formats == ["x", None]
    assert {d.get(RDF + "about") for d in tree.iter(RDF + "Description")} == {""}


@pytest.mark.parametrize("form", ["attribute", "element"])
def test_an_earlier_declaration_is_replaced_in_either_form(form: str) -> None:
    as_attribute, as_element = "", ""
    if form == "attribute":
        as_attribute = 'i:DigitalSourceType="http://cv.iptc.org/x/digitalCapture"'
    else:
        as_element = "<i:DigitalSourceType>digitalCapture</i:DigitalSourceType>"
    old = (
        f'<r:RDF xmlns:r="{RDF[1:-1]}"><r:Description r:about="uuid:1" '
        f'xmlns:i="{IPTC[1:-1]}" {as_attribute}>{as_element}</r:Description></r:RDF>'
    )
    packet = with_record(old.encode(), "{}")
    assert b"digitalCapture" not in packet
    assert packet.count(b"DigitalSourceType>") == 2
    assert packet.count(b'r:about="uuid:1"') == 2


def test_the_record_is_replaced_not_piled_up() -> None:
    packet = with_record(with_record(with_record(None, "1"), "2"), "3")
    assert record_in(packet) == "3"
    assert packet.count(b"<rdf:Description") <= 3
    assert packet.count(b"<restorer:Record") == 1


@pytest.mark.parametrize(
    "bad",
    [
        b"not xml",
        b"<a/>",
        b"<x:xmpmeta",
        b"\xff\xfe\x00",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
        b'<?xml version="1.0" encoding="nonsense"?><x/>',
    ],
)
def test_damaged_or_malicious_packets_do_not_stop_saving(bad: bytes) -> None:
    assert record_in(bad) is None
    assert record_in(with_record(bad, RECORD)) == RECORD


@pytest.mark.parametrize("suffix", ["png", "tif", "jpg", "webp"])
def test_the_record_travels_in_files(tmp_path: Path, suffix: str, xmp_blob: bytes) -> None:
    picture = Picture(np.full((8, 8, 3), 0.5, np.float32), xmp=xmp_blob)
    assert read_record(picture) is None
    path = tmp_path / f"x.{suffix}"
    write_picture(picture, path, xmp=with_record(picture.xmp, RECORD))
    assert read_record(read_picture(path)) == RECORD
    assert SOURCE_TYPE.encode() in path.read_bytes()


def test_a_long_history_does_not_push_the_record_out_of_a_jpeg(tmp_path: Path) -> None:
    history = b"<dc:history>" + b"edited; " * 10_000 + b"</dc:history>"
    long = (
        f'<rdf:RDF xmlns:rdf="{RDF[1:-1]}"><rdf:Description rdf:about="" '
        f'xmlns:dc="{DC[1:-1]}">'.encode()
        + history
        + b"</rdf:Description></rdf:RDF>"
    )
    picture = Picture(np.full((8, 8, 3), 0.5, np.float32), xmp=long)
    notes = write_picture(picture, tmp_path / "x.jpg", xmp=with_record(long, RECORD))
    assert "too long" in notes[0]
    assert read_record(read_picture(tmp_path / "x.jpg")) == RECORD
    with Image.open(tmp_path / "x.jpg") as image:
        assert b"edited" not in image.info["xmp"]


@pytest.mark.parametrize("length", [65_503, 65_504, 65_505, 65_533, 65_534])
def test_as_much_as_a_jpeg_holds_is_kept_and_no_more(tmp_path: Path, length: int) -> None:
    """One segment: 65,533 bytes, of which 29 name what it is."""
    record = with_record(None, RECORD)
    xmp = record + b" " * (length - len(record))
    notes = write_picture(Picture(np.full((8, 8, 3), 0.5, np.float32)), tmp_path / "x.jpg", xmp=xmp)
    assert bool(notes) == (length > 65_504)
    picture = read_picture(tmp_path / "x.jpg")
    assert read_record(picture) == RECORD
    if not notes:
        with Image.open(tmp_path / "x.jpg") as image:
            assert image.info["xmp"] == xmp


def test_nothing_is_left_of_a_packet_that_declares_nothing(xmp_blob: bytes) -> None:
    assert only_declared(xmp_blob) is None


def test_without_a_record_it_is_still_said_that_a_model_had_a_part(tmp_path: Path) -> None:
    more = b'<rdf:Description xmlns:a="b:"><a:c>' + b"x" * 70_000 + b"</a:c></rdf:Description>"
    declared = with_record(None, None, ENHANCED, "Restorer", "1.2")
    long = declared.replace(b"</rdf:RDF>", more + b"</rdf:RDF>")
    picture = Picture(np.full((8, 8, 3), 0.5, np.float32))
    (note,) = write_picture(picture, tmp_path / "x.jpg", xmp=long)
    assert "too long" in note
    picture = read_picture(tmp_path / "x.jpg")
    assert read_record(picture) is None
    said = (picture.xmp or b"").decode()
    assert ENHANCED in said and "Restorer" in said and "1.2" in said and "xxxx" not in said
