"""The record in a restored file: that a trained model helped to make it, and how.

XMP (ISO 16684-1) holds IPTC's digital source type and AI system (IPTC 2025.1), which other programs
read, and our own record, a JSON string, which `read_record` gives back. All else in a packet is
kept.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Mapping
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from defusedxml import DefusedXmlException
from defusedxml.minidom import parse, parseString

from restorer.imaging.picture import Picture

Property = tuple[str, str, str]  # namespace, prefix and name

_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: Corrected by an algorithm that adds nothing, "such as" denoising.
ENHANCED = _SOURCES + "algorithmicallyEnhanced"
#: Partly made up by a trained model.
SOURCE_TYPE = _SOURCES + "compositeWithTrainedAlgorithmicMedia"
#: Made up altogether.
GENERATED = _SOURCES + "trainedAlgorithmicMedia"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_OURS = "urn:restorer:xmp:1.0/"
_SOURCE = (_IPTC, "Iptc4xmpExt", "DigitalSourceType")
_SYSTEM = (_IPTC, "Iptc4xmpExt", "AISystemUsed")
_VERSION = (_IPTC, "Iptc4xmpExt", "AISystemVersionUsed")
_RECORD = (_OURS, "restorer", "Record")
# What is made up stays so, whatever is done later: of two declarations the later of these holds.
_RISING: tuple[str, ...] = (
    "algorithmicallyEnhanced",
    "compositeSynthetic",
    "compositeWithTrainedAlgorithmicMedia",
)
_RISING += ("algorithmicMedia", "trainedAlgorithmicMedia")
_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}"/></x:xmpmeta>'
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'

_LARGEST, _DEEPEST = 1 << 23, 100  # bytes and levels of a packet

_log = logging.getLogger(__name__)


def with_record(
    xmp: bytes | None,
    record: str | None,
    source: str = SOURCE_TYPE,
    system: str = "",
    version: str = "",
) -> bytes:
    """The packet `xmp` (or a new one) that declares the restoration and carries `record`.

    Earlier values are replaced, but for a source type that says more of the picture is made up. A
    packet that cannot be parsed is replaced too, with a line in the log: saving must not fail over
    it.

    Args:
        record: JSON; json.dumps escapes the control characters that XML cannot hold. None leaves
            no record, nor an earlier one.
        source: `ENHANCED`, `SOURCE_TYPE`, or `GENERATED` for what is a model's altogether.
        system, version: the AI system used; empty to say nothing of it.
    """
    document = _parsed(xmp) if xmp else None
    if document is None:
        document = parseString(_EMPTY)
    rdf = document.getElementsByTagNameNS(_RDF, "RDF")[0]
    source = max([source, *_values(rdf, _SOURCE)], key=_rank)
    said = {_SOURCE: source, _SYSTEM: system, _VERSION: version, _RECORD: record or ""}
    for namespace, _, name in said:
        _remove(rdf, namespace, name)
    about = next((d.getAttributeNS(_RDF, "about") for d in _descriptions(rdf)), "")
    said = {key: value for key, value in said.items() if value}
    rdf.appendChild(_description(document, rdf.prefix or "rdf", about, said))
    return (_BEGIN + _root(document).toxml() + _END).encode()


def _rank(source: str) -> int:
    name = source.strip().rpartition("/")[2]
    return _RISING.index(name) if name in _RISING else -1


def read_record(picture: Picture) -> str | None:
    """The JSON string that `with_record` put into the picture's XMP, or None."""
    return record_in(picture.xmp)


def record_in(xmp: bytes | None) -> str | None:
    """As `read_record`, from a packet."""
    document = _parsed(xmp) if xmp else None
    if document is None:
        return None
    rdf = document.getElementsByTagNameNS(_RDF, "RDF")[0]
    return next(iter(_values(rdf, _RECORD)), None)


def declared(xmp: bytes | None) -> str | None:
    """How much of a picture is made up, according to its packet: a digital source type."""
    document = _parsed(xmp) if xmp else None
    if document is None:
        return None
    return next(iter(_values(document.getElementsByTagNameNS(_RDF, "RDF")[0], _SOURCE)), None)


def only_declared(xmp: bytes) -> bytes | None:
    """A packet with only what `with_record` declares, for formats with little room.

    That a model had a part in a picture is kept where its record is not.

    Returns:
        None if `xmp` declares nothing.
    """
    document = _parsed(xmp)
    if document is None:
        return None
    rdf = document.getElementsByTagNameNS(_RDF, "RDF")[0]
    keys = (_RECORD, _SOURCE, _SYSTEM, _VERSION)
    record, source, system, version = ("".join(_values(rdf, key)[:1]) for key in keys)
    if not record and not source:
        return None
    return with_record(None, record or None, source or SOURCE_TYPE, system, version)


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
    if not names:
        _forget(document, namespace)
    return (_BEGIN + _root(document).toxml() + _END).encode(), True


def _forget(document: minidom.Document, namespace: str) -> None:
    """Remove the declaration of a namespace that is no longer used."""
    for element in (_root(document), *document.getElementsByTagName("*")):
        for attribute in list((element.attributes or {}).values()):
            if attribute.name.startswith("xmlns:") and attribute.value == namespace:
                element.removeAttributeNode(attribute)


def _root(document: minidom.Document) -> minidom.Element:
    assert document.documentElement is not None  # expat refuses documents without one
    return document.documentElement


def is_readable(xmp: bytes) -> bool:
    """Whether a packet can be extended; an unreadable one is replaced."""
    return _parsed(xmp) is not None


def _parsed(xmp: bytes) -> minidom.Document | None:
    if len(xmp) > _LARGEST:
        _log.warning("XMP of %d bytes is ignored", len(xmp))
        return None
    try:
        document = parse(io.BytesIO(xmp.strip(b"\0 \t\r\n")), forbid_dtd=True)
    except (ExpatError, DefusedXmlException, ValueError, LookupError) as error:
        _log.warning("XMP that cannot be parsed is ignored: %s", error)
        return None
    if _is_deep(document):
        _log.warning("XMP that is nested too deep is ignored")
        return None
    return document if document.getElementsByTagNameNS(_RDF, "RDF") else None


def _is_deep(document: minidom.Document) -> bool:
    """Deeper than any real packet; the library calls itself for every level, and would give up."""
    level: list[minidom.Node] = [document]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in node.childNodes]
        if not level:
            return False
    return True


def _descriptions(rdf: minidom.Element) -> Iterator[minidom.Element]:
    for node in list(rdf.childNodes):
        if node.nodeType == node.ELEMENT_NODE and node.localName == "Description":
            yield node


def _remove(rdf: minidom.Element, namespace: str, name: str) -> None:
    """Remove a property, whether it is an attribute or an element of a description."""
    for description in _descriptions(rdf):
        if description.hasAttributeNS(namespace, name):
            description.removeAttributeNS(namespace, name)
        for node in list(description.childNodes):
            if (node.namespaceURI, node.localName) == (namespace, name):
                description.removeChild(node)


def _values(rdf: minidom.Element, key: Property) -> list[str]:
    """The values of a property, as an attribute or as elements of any description."""
    namespace, _, name = key
    found = []
    for description in _descriptions(rdf):
        found += [description.getAttributeNS(namespace, name)]
        for node in description.childNodes:
            if (node.namespaceURI, node.localName) == (namespace, name):
                texts = (part for part in node.childNodes if part.nodeType == part.TEXT_NODE)
                found += ["".join(part.data for part in texts)]
    return [value for value in found if value]


def _description(
    document: minidom.Document, prefix: str, about: str, said: Mapping[Property, str]
) -> minidom.Element:
    description = document.createElementNS(_RDF, f"{prefix}:Description")
    description.setAttributeNS(_RDF, f"{prefix}:about", about)
    for (namespace, short, name), value in said.items():
        description.setAttribute(f"xmlns:{short}", namespace)
        element = document.createElementNS(namespace, f"{short}:{name}")
        element.appendChild(document.createTextNode(value))
        description.appendChild(element)
    return description
