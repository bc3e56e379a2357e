#!/usr/bin/env python3
"""Restore the picture of GIMP 3 in Restorer's window, and get the result as a new layer.

To install it, copy the folder `restorer` that this file lies in into a plug-in folder of GIMP
(*Preferences > Folders > Plug-ins*) and make the file executable. It then is *Filters > Enhance >
Restore with Restorer*. `restorer` must be on the path. Tried with GIMP 3.0.4.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib  # noqa: E402

NAME = "restorer-edit"


def restore(procedure, run_mode, image, drawables, config, data):
    """What is seen goes out as TIFF, and comes back as a layer on top if it was saved."""
    status, problem = Gimp.PDBStatusType.SUCCESS, GLib.Error()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.tif"
        file = Gio.File.new_for_path(str(path))
        seen = image.duplicate()
        seen.flatten()
        exported = export(seen, file)
        seen.delete()
        if exported.index(0) != Gimp.PDBStatusType.SUCCESS:
            return exported
        came = path.read_bytes()
        try:
            done = subprocess.run(["restorer", "edit", str(path)], capture_output=True, text=True)
        except OSError as error:
            status, problem = Gimp.PDBStatusType.EXECUTION_ERROR, told(str(error))
        else:
            if done.returncode:
                status = Gimp.PDBStatusType.EXECUTION_ERROR
                problem = told(done.stderr.strip())
            elif path.read_bytes() != came:
                layer = Gimp.file_load_layer(Gimp.RunMode.NONINTERACTIVE, image, file)
                layer.set_name("Restored")
                image.insert_layer(layer, None, 0)
                Gimp.displays_flush()
    return procedure.new_return_values(status, problem)


def told(sentence):
    """An error as GIMP shows it."""
    return GLib.Error.new_literal(Gimp.PlugIn.error_quark(), sentence, 0)


def export(image, file):
    """As TIFF of its own depth, in its own colours, and nothing but the picture."""
    tiff = Gimp.get_pdb().lookup_procedure("file-tiff-export")
    asked = tiff.create_config()
    asked.set_property("image", image)
    asked.set_property("file", file)
    asked.set_property("include-color-profile", True)
    asked.set_property("include-thumbnail", False)  # a second page
    return tiff.run(asked)


class Restorer(Gimp.PlugIn):
    """Registers the one procedure."""

    def do_set_i18n(self, name):
        return False

    def do_query_procedures(self):
        return [NAME]

    def do_create_procedure(self, name):
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, restore, None)
        procedure.set_image_types("RGB*, GRAY*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        procedure.set_menu_label("Restore with Restorer…")
        procedure.add_menu_path("<Image>/Filters/Enhance")
        procedure.set_documentation("Restore the picture", "Opens Restorer, which saves back", name)
        procedure.set_attribution("The Restorer authors", "The Restorer authors", "2026")
        return procedure


Gimp.main(Restorer.__gtype__, sys.argv)
