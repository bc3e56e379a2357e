"""`restorer branch OUT --input IN --step 5 --seed 8`: rerun from one step on, differently."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import Any

from restorer.cli.checks import check_output, refuse_same
from restorer.cli.files import read_and_tell, save_result
from restorer.cli.replay import begun_with, precision_of, repeat_steps
from restorer.cli.restore import restore
from restorer.diffusion.samplers import check_sampler
from restorer.engine.branch import changed_fields, make_branch, takes_prompt
from restorer.engine.engine import Engine
from restorer.engine.replay import MAPS, inputs_again
from restorer.engine.task import RestorationTask
from restorer.errors import BadInput
from restorer.imaging.formats import SaveOptions
from restorer.words import tr

#: What may be another from the step on: fields of the task, as the options are called.
CHANGES = {
    "seed": "seed",
    "eta": "eta",
    "sampler": "sampler",
    "faithfulness": "faithfulness",
    "amount": "amount",
    "model": "model",
    "prompt": "prompt",
    "negative": "negative_prompt",
    "guidance": "guidance",
    "toward": "toward",
    "push": "push",
}


def run(arguments: Namespace) -> int:
    """Compute the states before the step again, to the bit, then continue as the options say."""
    maps = [getattr(arguments, name) for name in (*MAPS, "infrared")]
    check_output(arguments.output, arguments.force)
    refuse_same(arguments.output, [arguments.made, arguments.input, *filter(None, maps)])
    made = read_and_tell(arguments.made)
    steps, source, given = begun_with(made, arguments)
    *before, last = steps
    task = _branch(last.task, arguments)
    picture, _ = repeat_steps(before, source, given, arguments.device)
    trunk = inputs_again(last, picture, source, given)
    kept = {"sensitivity": last.sensitivity, "prompts": not arguments.private}
    engine = Engine(precision=precision_of(last))
    outcome = restore(task, replace(trunk, trunk=trunk), engine, arguments.device, kept)
    save_result(outcome.picture, source, arguments.output, arguments.force, SaveOptions())
    others = ", ".join(name.replace("_", " ") for name in changed_fields(task))
    print(
        tr(
            "Went on from step {step} of {steps} with other {others}; written to {path}",
            step=arguments.step,
            steps=task.steps,
            others=others,
            path=arguments.output,
        )
    )
    return 0


def _branch(trunk: RestorationTask, arguments: Namespace) -> RestorationTask:
    """The run's task, changed by the options from the step on.

    Raises:
        BadInput: there is no such step, nothing would be another, or it cannot be.
    """
    wanted: dict[str, Any] = {
        field: getattr(arguments, option)
        for option, field in CHANGES.items()
        if getattr(arguments, option) is not None
    }
    if not 1 <= arguments.step <= trunk.steps:
        raise BadInput("There is no step {after} to go on from.", after=arguments.step)
    if "sampler" in wanted:
        check_sampler(wanted["sampler"], latent=takes_prompt(trunk.model))
    task = make_branch(trunk, arguments.step - 1, replace(trunk, trunk=None, after=0, **wanted))
    if not changed_fields(task):
        raise BadInput(
            "From step {step} on that would be the same again. Say what is to be another, as "
            "--seed, --eta, --sampler or --faithfulness.",
            step=arguments.step,
        )
    return task
