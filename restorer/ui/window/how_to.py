"""Help: how each thing is done, in the order in which people do it."""

from __future__ import annotations

from restorer.words import tr

#: Title, and what to do.
HOW_TO = (
    (
        tr("REMOVE NOISE"),
        tr(
            "Open the picture and press Restore (Ctrl+Enter). Too soft: lower Strength, or move "
            "Look towards Vivid. Noise from a camera that is missed: tick Camera photo."
        ),
    ),
    (
        tr("FILL SCRATCHES, DUST AND HOLES"),
        tr(
            "Task: Fill holes and scratches. Press M, then F to find them. Look at the mask; "
            "paint what is missing with the brush (B), take off what is wrong with the eraser (E). "
            "Then Restore."
        ),
    ),
    (
        tr("CROP, STRAIGHTEN, TURN"),
        tr(
            "Ctrl+Shift+C lays a frame over the picture; Four corners makes a print that was "
            "photographed square. Enter keeps what is framed; the same keys show the rest again."
        ),
    ),
    (
        tr("ENLARGE"),
        tr("Task: Enlarge. Choose its Size, two, three or four times, and Restore."),
    ),
    (
        tr("SHARPEN"),
        tr(
            "Task: Sharpen. Choose the Blur (soft all over, out of focus, moved, or a picture of "
            "it from a file) and its Width."
        ),
    ),
    (
        tr("REMOVE JPEG BLOCKS"),
        tr("Task: Remove JPEG blocks. The quality is read from the file where that tells it."),
    ),
    (
        tr("KEEP A PLACE AS IT IS"),
        tr("Press M, then X for strength, and paint it down over faces and writing."),
    ),
    (
        tr("COMPARE"),
        tr(
            "A, W, S and D: one picture, wipe, side by side, difference. Hold \\ for the original. "
            "Ctrl+Left and Ctrl+Right go through the results."
        ),
    ),
    (
        tr("GO ON FROM A STEP OTHERWISE"),
        tr(
            "Go to a step on the timeline, change seed, look, mask, words or model, and press "
            "Ctrl+G. The lines over the timeline show what branched where."
        ),
    ),
    (
        tr("SEE WHETHER DETAIL WAS LOST"),
        tr("Taken away (4) should look like noise; Doubt (5) shows where the truth may lie far."),
    ),
    (
        tr("KEEP SETTINGS FOR ANOTHER DAY"),
        tr("File > Presets > Save settings as preset. They stand there by name from then on."),
    ),
    (
        tr("MANY PICTURES"),
        tr("Drop a folder, Ctrl+Shift+Enter restores all, Ctrl+Alt+S saves all beside them."),
    ),
    (
        tr("SHOW IT TO OTHERS"),
        tr("Ctrl+E: a film of the steps, before and after, a sheet, or a page for a browser."),
    ),
    (
        tr("UNDERSTAND IT"),
        tr("Ctrl+L opens the course, Ctrl+I tells a pixel's numbers, Ctrl+D is the damage lab."),
    ),
)
