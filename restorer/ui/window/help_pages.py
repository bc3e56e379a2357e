"""The text of the help pages: titles with paragraphs."""

from __future__ import annotations

from restorer.words import marked as _

#: How to do each thing, in the order in which people do it.
HOW_TO = (
    (
        _("REMOVE NOISE"),
        _(
            "Task: Clean noise. Press Restore (Ctrl+Enter). Too soft: lower Strength, or move "
            "Look towards Vivid. Noise from a camera that is missed: tick Camera photo."
        ),
    ),
    (
        _("RESTORE AN OLD PHOTOGRAPH"),
        _(
            "Ctrl+Shift+O lists all that can be done for it, with a look at each repair. Tick "
            "those that you like, and Restore does them one after the other."
        ),
    ),
    (
        _("BRING BACK FADED COLOURS"),
        _("Task: Bring back faded colours. Warmth and Tint correct what it makes of them."),
    ),
    (
        _("FILL SCRATCHES, DUST AND HOLES"),
        _(
            "Task: Fill holes and scratches. Press M, then F to find them. Look at the mask; "
            "paint what is missing with the brush (B), take off what is wrong with the eraser (E). "
            "Then Restore."
        ),
    ),
    (
        _("CROP, STRAIGHTEN, TURN"),
        _(
            "Ctrl+Shift+C lays a frame over the picture; Four corners makes a print that was "
            "photographed square. Enter keeps what is framed; the same keys show the rest again."
        ),
    ),
    (
        _("ENLARGE"),
        _("Task: Enlarge. Choose its Size, two, three or four times, and Restore."),
    ),
    (
        _("SHARPEN"),
        _(
            "Task: Sharpen. Choose the Blur (soft all over, out of focus, moved, or a picture of "
            "it from a file) and its Width."
        ),
    ),
    (
        _("REMOVE JPEG BLOCKS"),
        _("Task: Remove JPEG blocks. The quality is read from the file where that tells it."),
    ),
    (
        _("KEEP A PLACE AS IT IS"),
        _("Press Shift+R and paint over faces and writing: they keep every bit."),
    ),
    (
        _("COMPARE"),
        _(
            "A, W, S and D: one picture, wipe, side by side, difference. Hold \\ for the original. "
            "Ctrl+Left and Ctrl+Right go through the results."
        ),
    ),
    (
        _("TRY SEVERAL WAYS"),
        _(
            "Ctrl+B cleans the middle of the picture with several samplers, steps, seeds, looks or "
            "models. Click on the one that you like, and the whole picture is done that way."
        ),
    ),
    (
        _("GO ON FROM A STEP IN ANOTHER WAY"),
        _(
            "Go to a step on the timeline, change seed, look, mask, words or model, and press "
            "Ctrl+G. The lines over the timeline show what branched where."
        ),
    ),
    (
        _("SEE WHETHER DETAIL WAS LOST"),
        _("Taken away (4) should look like noise; Doubt (5) shows where the truth may lie far."),
    ),
    (
        _("KEEP SETTINGS FOR ANOTHER DAY"),
        _("File > Presets > Save settings as preset. They stand there by name from then on."),
    ),
    (
        _("MANY PICTURES"),
        _("Drop a folder, Ctrl+Shift+Enter restores all, Ctrl+Alt+S saves all beside them."),
    ),
    (
        _("SHOW IT TO OTHERS"),
        _("Ctrl+E: a film of the steps, before and after, a sheet, or a page for a browser."),
    ),
    (
        _("UNDERSTAND IT"),
        _("Ctrl+L opens the course, Ctrl+I tells a pixel's numbers, Ctrl+D is the damage lab."),
    ),
)

#: What a model with prompts makes up, why, and what helps.
LIMITATIONS = (
    (
        _("WHY"),
        _(
            "A model with prompts draws what is usually there, not what was there. Eight pixels "
            "are one place to it, so letters, fingers and small faces are finer than what it can "
            "keep: it makes them up. It knows what hands and writing look like, not how many "
            "fingers there are or what the words say. A face that looks right may be another "
            "person's."
        ),
    ),
    (
        _("WHERE"),
        _(
            "Doubt (5) colours fine detail of the result that does not come from your picture, "
            "and frames the places with most of it. It cannot recognise a hand, a face or "
            "writing: look there yourself, framed or not."
        ),
    ),
    (
        _("WHAT TO DO"),
        _("Use the negative prompt: extra fingers, deformed hands, text."),
        _("Use the picture itself or its edges as ControlNet input."),
        _("Move the start towards clean: less is redrawn."),
        _(
            "Keep the model away: fill only a masked area, or paint the strength down over "
            "faces and writing. The rest stays unchanged to the last bit."
        ),
        _("For noise, use the built-in prior: Doubt says how far its result may be off."),
    ),
)
