"""What a restored file says about itself: made with the help of a trained model, and how.

XMP (ISO 16684-1) holds two properties: IPTC's digital source type, which other programs read, and
our own record, a JSON string, which `read_record` gives back. All else in a packet is kept.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from defusedxml import DefusedXmlException
from defusedxml.minidom import parse, parseString

from restorer.imaging.picture import Picture

_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPE = _SOURCES + "compositeWithTrainedAlgorithmicMedia"
GENERATED = _SOURCES + "trainedAlgorithmicMedia"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_OURS = "urn:restorer:xmp:1.0/"
_SOURCE = (_IPTC, "Iptc4xmpExt", "DigitalSourceType")
_RECORD = (_OURS, "restorer", "Record")
_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'

_log = logging.getLogger(__name__)


def with_record(xmp: bytes | None, record: str, source: str = SOURCE_TYPE) -> bytes:
    """The packet `xmp` (or a new one) that declares the restoration and carries `record`.

    Earlier values of the two properties are replaced. A packet that cannot be parsed is replaced
    too, with a line in the log: saving must not fail over it.

    Args:
        record: JSON; json.dumps escapes the control characters that XML cannot hold.
        source: `SOURCE_TYPE`, or `GENERATED` for a picture that is a model's altogether.
    """
    document = _parsed(xmp) if xmp else None
    if document is None:
        document = parseString(_EMPTY)
    rdf = document.getElementsByTagNameNS(_RDF, "RDF")[0]
    for namespace, _, name in (_SOURCE, _RECORD):
        _remove(rdf, namespace, name)
    about = next((d.getAttributeNS(_RDF, "about") for d in _descriptions(rdf)), "")
    rdf.appendChild(_description(document, rdf.prefix or "rdf", about, record, source))
    return (_BEGIN + _root(document).toxml() + _END).encode()


def read_record(picture: Picture) -> str | None:
    """The JSON string that `with_record` put into the picture's XMP, or None."""
    return record_in(picture.xmp)


def record_in(xmp: bytes | None) -> str | None:
    """As `read_record`, from a packet."""
    document = _parsed(xmp) if xmp else None
    if document is None:
        return None
    for element in document.getElementsByTagNameNS(_OURS, "Record"):
        return "".join(node.data for node in element.childNodes if node.nodeType == node.TEXT_NODE)
    return None


def only_record(xmp: bytes) -> bytes | None:
    """A packet with nothing but the record in `xmp`, for formats with little room."""
    record = record_in(xmp)
    return None if record is None else with_record(None, record)


def without(xmp: bytes, namespace: str, names: str = "") -> tuple[bytes, bool]:
    """The packet without the properties of a namespace, and whether it had any.

    Args:
        xmp: the packet.
        namespace: of the properties.
        names: a regular expression for where their names begin; all of them by default.
    """

    def unwanted(node: minidom.Node) -> bool:
        return node.namespaceURI == namespace and bool(re.match(names, node.localName or ""))

    document = _parsed(xmp)
    removed = False
    for rdf in document.getElementsByTagNameNS(_RDF, "RDF") if document else ():
        for description in _descriptions(rdf):
            attributes = list((description.attributes or {}).values())
            for attribute in attributes:
                if unwanted(attribute):
                    description.removeAttributeNode(attribute)
                    removed = True
            for node in list(description.childNodes):
                if unwanted(node):
                    description.removeChild(node)
                    removed = True
    if document is None or not removed:
        return xmp, False
    return (_BEGIN + _root(document).toxml() + _END).encode(), True


def _root(document: minidom.Document) -> minidom.Element:
    assert document.documentElement is not None  # expat refuses documents without one
    return document.documentElement


def _parsed(xmp: bytes) -> minidom.Document | None:
    try:
        document = parse(io.BytesIO(xmp.strip(b"\0 \t\r\n")), forbid_dtd=True)
    except (ExpatError, DefusedXmlException, ValueError, LookupError) as error:
        _log.warning("XMP that cannot be parsed is ignored: %s", error)
        return None
    return document if document.getElementsByTagNameNS(_RDF, "RDF") else None


def _descriptions(rdf: minidom.Element) -> Iterator[minidom.Element]:
    for node in list(rdf.childNodes):
        if node.nodeType == node.ELEMENT_NODE and node.localName == "Description":
            yield node


def _remove(rdf: minidom.Element, namespace: str, name: str) -> None:
    """A property stands as an attribute or as an element of any description."""
    for description in _descriptions(rdf):
        if description.hasAttributeNS(namespace, name):
            description.removeAttributeNS(namespace, name)
        for node in list(description.childNodes):
            if (node.namespaceURI, node.localName) == (namespace, name):
                description.removeChild(node)


def _description(
    document: minidom.Document, prefix: str, about: str, record: str, source: str
) -> minidom.Element:
    description = document.createElementNS(_RDF, f"{prefix}:Description")
    description.setAttributeNS(_RDF, f"{prefix}:about", about)
    for (namespace, short, name), value in ((_SOURCE, source), (_RECORD, record)):
        description.setAttribute(f"xmlns:{short}", namespace)
        element = document.createElementNS(namespace, f"{short}:{name}")
        element.appendChild(document.createTextNode(value))
        description.appendChild(element)
    return description
