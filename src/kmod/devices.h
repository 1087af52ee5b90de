/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that a vendor took out of a driver: the modalias tables of upstream's driver and of the vendor's,
 * compared, and the patch that puts the ids back.
 *
 * A table is read from modules (as modpost wrote it) or from source: there the preprocessor expands the
 * entries, and nothing of the source is compiled or run.
 */
#pragma once

#include "kmod/kmod.h"
#include "kmod/recipe.h"

struct ksig_device {
	char *alias; /* "pci:v000015B3d00001002sv*sd*bc*sc*i*" */
	char *place; /* the module, or the file of the source */
	char *table; /* of source: the array's name; NULL: from a module */
	char *entry; /* of source: the entry as it is written */
};
void ksig_kmod_device_free(struct ksig_device *device);

/* The PCI devices that MODULES (ksig_module) say they drive: an array of struct ksig_device. */
GPtrArray *ksig_kmod_devices_of_modules(const GPtrArray *modules);

/*
 * The PCI devices in the tables of RECIPE's folders below FOLDER, a kernel's source, with RECIPE's options
 * on. OUT_UNCLEAR (may be NULL): entries (char *) whose ids are more than numbers and macros.
 */
GPtrArray *ksig_kmod_devices_of_source(const char *folder, const ksig_recipe *recipe, GPtrArray **out_unclear,
				       GError **error);

/* Those of DEVICES that none of OTHERS covers ("sv*" covers each sv): borrowed pointers. */
GPtrArray *ksig_kmod_devices_missing(const GPtrArray *devices, const GPtrArray *others);

/* The PCI devices of the machine whose sysfs is SYSFS that match ALIAS: addresses (char *). */
GPtrArray *ksig_kmod_devices_here(const char *sysfs, const char *alias);

/*
 * The patch (-p1) to the source in VENDOR that restores what UPSTREAM's has and RECIPE asks for (its devices;
 * all if it names none): NULL without error if nothing is to be restored. What it does is checked by reading
 * the patched table again. OUT_FAILED (may be NULL): aliases (char *) that could not be restored.
 */
char *ksig_kmod_devices_patch(const char *upstream, const char *vendor, const ksig_recipe *recipe,
			      GPtrArray **out_failed, GError **error);

/*
 * Puts what has to be read of SOURCE (a kernel's tarball or folder) for RECIPE's tables into FOLDER.
 */
bool ksig_kmod_devices_stage(const char *source, const ksig_recipe *recipe, const char *folder,
			     GError **error);
