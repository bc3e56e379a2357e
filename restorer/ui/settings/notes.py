"""Notes of the panel above the settings: measurements, proposals, warnings about a result.

Each is a row that hides while it has nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from restorer.document import Document, OpenPicture
from restorer.engine.damage import Damage
from restorer.engine.proposal import Proposal
from restorer.engine.run import Run
from restorer.engine.tasks import TASKS
from restorer.engine.views import CLEAN, DOUBT, RESIDUAL, View
from restorer.errors import BadInput
from restorer.ui.text import models, status, tasks
from restorer.ui.widgets.rows import Button, Note, Row, State
from restorer.words import tr


def picture_notes(
    document: Document, open_help: Callable[[], None], open_old_photo: Callable[[], None]
) -> list[Row]:
    """The notes about the picture and about its result."""
    first = Button(_first_button, lambda: document.take_proposal(_first(document))).where(
        lambda s: (p := _proposal(s)) is not None and (len(p.steps) > 1 or _marks_only(s)),
        _first_hint,
    )
    return [
        Note("headline", _headline, "title").where(
            hint=lambda s: status.about_noise(s.opened) if s.opened else ""
        ),
        Note("sentence", lambda s: status.findings(s.opened)[1] if s.opened else "", "caption"),
        Note("notes", _file_notes, "quiet"),
        Note(
            "proposal",
            lambda s: p.sentence if (p := _proposal(s)) else "",
            buttons=[first],
        ),
        _done(),
        _old_photo(open_old_photo),
        _harm(document),
        _caution(document, open_help),
    ]


def _old_photo(open_list: Callable[[], None]) -> Row:
    """The way to the list for old photographs, until the picture has been restored."""
    button = Button(tr("Restore old photo…"), open_list).where(
        hint=tr("Tears and dust, grain, faded colours: choose from a list, with a look at each.")
    )

    def text(state: State) -> str:
        opened = state.opened
        fresh = opened is not None and opened.results.shown is None and not opened.under_way
        if opened is None or not fresh or opened.results.steps is not None or state.prompted:
            return ""
        return tr("An old photograph, or a slide?") if opened.content.estimate else ""

    return Note("old_photo", text, "caption", [button])


def _done() -> Row:
    """What a result has repaired, since the notes above it describe the original."""

    def text(state: State) -> str:
        opened = state.opened
        shown = opened.results.shown if opened is not None and opened.judged else None
        if opened is None or shown is None:
            return ""
        kinds = [*_steps_before(opened, shown), shown.task.damage.kind]
        if all(TASKS[kind].is_noise for kind in kinds):
            return ""
        done = ", ".join(dict.fromkeys(tasks.task(kind).done.lower() for kind in kinds))
        return tr("That was found in the original. This result: {done}.").format(done=done)

    return Note("done", text, "caption")


def _steps_before(opened: OpenPicture, run: Run) -> list[str]:
    """Kinds of the tasks that were carried out before this run, in order."""
    if run.job is None or opened.content.picture is None:
        return []
    from restorer.engine.record import steps_in  # the library of models comes with it

    with suppress(BadInput):
        of_file = len(steps_in(opened.content.picture))
        return [step.task.damage.kind for step in steps_in(run.inputs.picture)[of_file:]]
    return []


def _headline(state: State) -> str:
    return status.findings(state.opened)[0] if state.opened else tr("No picture")


def _file_notes(state: State) -> str:
    opened = state.opened
    if opened is None or opened.content.picture is None:
        return ""
    return "\n".join(filter(None, (*opened.content.picture.notes, opened.source.credit)))


def _proposal(state: State) -> Proposal | None:
    return state.opened.proposal if state.opened else None


def _marks_only(state: State) -> bool:
    """The first step would fill found marks that nobody has reviewed yet."""
    opened, proposal = state.opened, _proposal(state)
    estimate = opened.content.estimate if opened is not None else None
    if opened is None or proposal is None or opened.painted.looked_through:
        return False
    found = estimate is not None and (estimate.scratches or estimate.impulses)
    return bool(found) and TASKS[proposal.steps[0]].needs_hole


def _first_button(state: State) -> str:
    proposal = _proposal(state)
    if _marks_only(state):
        return tr("Mark only")
    return tr("{do} only").format(do=tasks.task(proposal.steps[0]).button) if proposal else ""


def _first_hint(state: State) -> str:
    proposal = _proposal(state)
    if _marks_only(state):
        return tr("Paints a mask over what was found, to look at before it is filled.")
    return tasks.task(proposal.steps[0]).hint if proposal else ""


def _first(document: Document) -> str:
    """Name of the first proposed step."""
    proposal = document.pictures.current.proposal if document.pictures.current else None
    return tasks.task(proposal.steps[0]).button if proposal else ""


def _toggle(document: Document, check: View) -> Callable[[], None]:
    """Show a view that checks the result, or the result again."""

    def show() -> None:
        document.display.set_view(CLEAN if document.display.view is check else check)

    return show


def _harm(document: Document) -> Row:
    """A warning that a result has lost detail, where, and a button to undo it."""
    take_back = tr("Take it back")

    def lost(state: State) -> str:
        run = state.opened.results.shown if state.opened else None
        return run.judgement.sentence if run and run.judgement and run.judgement.alarm else ""

    where = Button(
        tr("Show where"),
        _toggle(document, RESIDUAL),
        lambda s: s.view is RESIDUAL,
    ).where(hint=tr("Shows what was removed: grey is nothing, shapes are loss (4)."))
    back = Button(take_back, lambda: document.versions.take_back(take_back)).where(
        hint=tr("Shows the original again; Undo and Previous result bring the result back."),
        enabled=lambda s: s.opened is not None and s.opened.results.making is None,
    )
    return Note("harm", lost, buttons=[where, back])


def _caution(document: Document, open_help: Callable[[], None]) -> Row:
    """A warning about the result of a model with prompts."""

    def caution(state: State) -> str:
        opened = state.opened
        if opened is None or opened.results.shown is None or opened.results.shown.latent is None:
            return ""
        return models.caution(opened) if opened.results.frames and not opened.under_way else ""

    def judged(state: State) -> bool:
        return state.opened is not None and state.opened.judged

    decode = Button(tr("Decode this step"), document.runs.decode).where(
        lambda s: s.opened is not None and s.opened.results.decodable,
        tr("Turns the preview into a picture that you can save."),
    )
    where = Button(tr("Show where"), _toggle(document, DOUBT), lambda s: s.view is DOUBT).where(
        judged, tr("Frames where the result has most detail of its own (5).")
    )
    why = Button(tr("Limitations"), open_help).where(
        judged, tr("Why this happens, and what helps.")
    )
    return Note("caution", caution, buttons=[decode, where, why])


def _differing(made: object, wanted: object, titles: dict[str, str]) -> list[str]:
    """Titles of the fields in which two tasks, or their damages, differ."""
    return [title for name, title in titles.items() if getattr(made, name) != getattr(wanted, name)]


def _differing_numbers(made: Damage, wanted: Damage) -> list[str]:
    """The same for the numbers that only one kind of task has."""
    numbers = TASKS[made.kind].numbers
    return [tr(n.title) for n in numbers if made.number(n.name) != wanted.number(n.name)]


def _begun_elsewhere(run: Run) -> bool:
    """Its start comes from the step before, or has no slider."""
    return run.job is not None or not TASKS[run.task.damage.kind].is_noise


def other_settings() -> Row:
    """A note that the shown result was made with other settings than the next run has."""
    titles = {
        "start": tr("Strength"),
        "faithfulness": tr("Look"),
        "steps": tr("Steps"),
        "seed": tr("Seed"),
        "model": tr("Model"),
        "control": tr("ControlNet input"),
        "method": tr("Method"),
        "sampler": tr("Sampler"),
        "eta": tr("Noise put back (eta)"),
        "toward": tr("Guide"),
        "push": tr("Guide strength"),
        "prompt": tr("Prompt"),
        "negative_prompt": tr("Negative prompt"),
        "guidance": tr("Guidance"),
        "amount": tr("Amount"),
        "grain": tr("Grain"),
        "even_grain": tr("Grain"),
    }
    of_damage = {
        "noise": tr("Noise"),
        "scale": tr("Size"),
        "blur": tr("Blur"),
        "kernel": tr("Blur"),
        "luma": tr("Quality of the file"),
        "mask": tr("Mask"),
    }

    def differing(state: State) -> str:
        opened, task = state.opened, state.task
        if opened is None or opened.results.shown is None or task is None:
            return ""
        made = opened.results.shown.task
        if opened.under_way or not opened.results.frames or made.damage.kind != task.damage.kind:
            return ""
        same = {"start"} if _begun_elsewhere(opened.results.shown) else set()
        names = [
            *_differing(made, task, {n: title for n, title in titles.items() if n not in same}),
            *_differing(made.damage, task.damage, of_damage),
            *_differing_numbers(made.damage, task.damage),
        ]
        text = tr("These settings are for the next run. The result on view differs in: {0}.")
        return text.format(", ".join(dict.fromkeys(names))) if names else ""

    return Note("differs", differing, "caption")
