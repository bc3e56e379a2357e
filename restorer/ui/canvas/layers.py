"""The original and what is shown over it: how they arrive, fade and take tiles."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QVariantAnimation, Signal, Slot

from restorer.imaging.picture import Pixels
from restorer.jobs.background import Background
from restorer.ui.canvas.forward import noise_field
from restorer.ui.canvas.layer import Box, Layer, LayerBuilder, Source, next_serial

FADE_MS = 80


class Layers(QObject):
    """Before and after.

    Pictures above 4 megapixels are converted in the background; until then the former picture
    stays.

    Attributes:
        original, shown: before and after; while `shown` is empty there is only the original.
        compared: replaces the original in a comparison, unless it is empty.
        leaving, opacity: what `shown` fades in over, and how far the fade is.
        times: sides of `shown`, and of its tiles' boxes, per side of the original.
    """

    original_changed = Signal()
    shown_changed = Signal()
    faded = Signal()  # the fade went one step further
    failed = Signal(object)  # RestorerError

    def __init__(self, may_fade: Callable[[], bool], parent: QObject) -> None:
        """`may_fade`: whether a frame that arrives now may fade in."""
        super().__init__(parent)
        self.original, self.shown, self.leaving = Layer(), Layer(), Layer()
        self.compared = Layer()
        self.opacity = 1.0
        self.times = self._compared_times = 1
        self._may_fade = may_fade
        self._fade_next = True
        background = Background("canvas", self)
        # so that it is ready when the timeline is first touched
        background.run(noise_field, lambda field: None, self.failed.emit)
        self._original_builder, self._shown_builder, self._compared_builder = (
            LayerBuilder(background, install, self.failed.emit)
            for install in (self._install_original, self._install_frame, self._install_compared)
        )
        self._fade = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=FADE_MS)
        self._fade.valueChanged.connect(self._on_fade)
        self._fade.finished.connect(self._on_faded)

    def set_original(self, pixels: Pixels | None, icc: bytes | None, alpha: Pixels | None) -> None:
        """Show another original, and forget the result of the former one.

        Args:
            pixels: (H, W, 3) float32 in 0..1, not changed afterwards; None for no picture.
            icc: their profile; None means sRGB.
            alpha: (H, W) float32 in 0..1; transparent parts show a checkerboard.
        """
        self._shown_builder.cancel()
        if pixels is None:
            self._original_builder.cancel()
            self._install_original(Layer())
        else:
            self._original_builder.request(Source(pixels, icc, alpha))

    def set_shown(self, pixels: Pixels | None, fade: bool = True) -> None:
        """Lay a frame over the original, or take it away with None.

        Args:
            pixels: (H, W, 3) float32 in 0..1 in the original's colour space; H and W may be
                `times` those of the original.
            fade: let it fade in; not for stepping by hand.
        """
        if pixels is None:
            self._shown_builder.cancel()
            self._install_shown(Layer())
            return
        self._fade_next = fade
        source = self._original_builder.pending or self.original.source
        icc, alpha = (source.icc, source.alpha) if source else (None, None)
        self._shown_builder.request(Source(pixels, icc, alpha))

    @property
    def before(self) -> Layer:
        """The layer that the shown one is compared with."""
        return self.compared or self.original

    def set_compared(self, pixels: Pixels | None, times: int = 1) -> None:
        """Compare with another result, or with the original again: None.

        Args:
            pixels: as in `set_shown`.
            times: its sides per side of the original.
        """
        self._compared_times = times
        source = self._original_builder.pending or self.original.source
        if pixels is None or source is None:
            self._compared_builder.cancel()
            self._install_compared(Layer())
        elif self.compared.source is None or self.compared.source.pixels is not pixels:
            self._compared_builder.request(Source(pixels, source.icc, source.alpha))

    def _install_compared(self, layer: Layer) -> None:
        layer.times = self._compared_times
        self.compared = layer
        self.shown_changed.emit()

    def set_times(self, times: int) -> None:
        self.times = self.shown.times = times

    def paint_tile(self, box: Box, pixels: Pixels) -> None:
        """Draw a finished tile over what is on view, until the next `set_shown`.

        Args:
            box: (left, top, right, bottom) in pixels of the frame, as in `Progress.box`.
            pixels: (bottom - top, right - left, 3) float32 in 0..1.
        """
        source = self.original.source
        if self._original_builder.pending or source is None:
            return  # a preview of a picture that is not shown yet
        left, top, right, bottom = box
        alpha = None
        if source.alpha is not None:
            n = self.times
            alpha = source.alpha[top // n : -(-bottom // n), left // n : -(-right // n)]
        pyramid = Source(pixels, source.icc, alpha).build()
        tiles = self.shown.tiles
        tiles.pop(box, None)  # the newest tile is drawn last
        tiles[box] = next_serial(), pyramid
        self.shown_changed.emit()

    def clear_tiles(self, but: int = 0) -> None:
        """Remove the tiles over the shown picture, except so many of the newest."""
        tiles = self.shown.tiles
        for box in [*tiles][: max(0, len(tiles) - but)]:
            del tiles[box]
        self.shown_changed.emit()

    def _install_original(self, layer: Layer) -> None:
        self.original = layer
        if self.compared.serial < layer.serial:
            self.compared = Layer()
        if self.shown.serial < layer.serial or not layer:
            self._install_shown(Layer())
        self.original_changed.emit()

    def _install_frame(self, layer: Layer) -> None:
        tiles = self.shown.tiles.items()
        layer.tiles.update({box: tile for box, tile in tiles if tile[0] > layer.serial})
        self._install_shown(layer, self._fade_next and self._may_fade())

    def _install_shown(self, layer: Layer, fade: bool = False) -> None:
        self._fade.stop()
        layer.times = self.times
        before, self.shown = self.shown, layer
        self.leaving = Layer()
        if fade:
            self.leaving = before if before.pyramid else self.original
            self._fade.start()
        self.shown_changed.emit()

    @Slot(object)
    def _on_fade(self, opacity: float) -> None:
        self.opacity = opacity
        self.faded.emit()

    @Slot()
    def _on_faded(self) -> None:
        self.leaving = Layer()
        self.faded.emit()
