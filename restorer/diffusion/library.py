"""diffusers, kept offline, for whoever builds on it or loads with it.

Nobody else imports it by name first: it puts another object in its own place at the end of its
import, and a thread that imports it meanwhile is left with the wrong one. For this module, an
ordinary one, a second thread waits.
"""

from __future__ import annotations

import os

from restorer.diffusion.compiler import left_out

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when huggingface_hub is imported
os.environ.setdefault("DIFFUSERS_DISABLE_REMOTE_CODE", "1")

with left_out():
    import diffusers
    import diffusers.hooks
    from diffusers import ConfigMixin, ModelMixin
    from diffusers.configuration_utils import register_to_config

__all__ = ["ConfigMixin", "ModelMixin", "diffusers", "register_to_config"]
