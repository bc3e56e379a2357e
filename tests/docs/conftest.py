"""The metadata that formats are tested with."""

from tests.imaging.conftest import exif_blob, srgb_profile, xmp_blob  # noqa: F401
