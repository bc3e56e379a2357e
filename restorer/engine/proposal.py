"""What to do about a picture, when nobody has said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorer.engine.damage import Kind

if TYPE_CHECKING:  # scipy and Pillow come with them
    from restorer.degradation.estimate import DegradationEstimate
    from restorer.imaging.jpeg_tables import JpegTables

#: A JPEG of a lower quality shows what was done to it.
VISIBLE_BLOCKS = 50


def propose(found: DegradationEstimate, tables: JpegTables | None) -> Kind:
    """Blocks go if they can be seen and there is no noise; else it is noise that goes, if any.

    A picture with both is denoised: noise hides blocks, and one evaluation takes off either.

    Args:
        found: what was measured.
        tables: of the file, if it is a JPEG.
    """
    blocks = tables is not None and tables.quality < VISIBLE_BLOCKS
    return "dejpeg" if blocks and found.clean else "denoise"
