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

/* Why a device that upstream drives is not driven by the vendor's. */
enum ksig_device_how {
	KSIG_DEVICE_DRIVEN,
	KSIG_DEVICE_REMOVED,    /* there is no row */
	KSIG_DEVICE_CONFIGURED, /* there is a row, and the vendor's configuration leaves it out */
	KSIG_DEVICE_DISABLED, /* there is a row, and the driver's probe refuses the device: pci_hw_disabled()
			       */
	KSIG_DEVICE_UNREAD,   /* nothing that was read drives it, and not all was understood */
	KSIG_DEVICE_UNTOLD,   /* there is a row, in a table of the driver that MODULE_DEVICE_TABLE() does not
				 name */
	KSIG_DEVICE_CENTRAL,  /* the kernel refuses it to its own modules; an external module drives it */
	KSIG_DEVICE_NARROWED, /* there are rows for some of it: of a subsystem, of a class */
};
const char *ksig_kmod_device_how_name(enum ksig_device_how how);

struct ksig_device {
	char *alias; /* "pci:v000015B3d00001002sv*sd*bc*sc*i*" */
	char *place; /* the module, or the file of the source */
	char *table; /* of source: the array's name; NULL: from a module */
	char *entry; /* of source: the entry as it is written */
	enum ksig_device_how how;
};
void ksig_kmod_device_free(struct ksig_device *device);

/* The PCI devices that MODULES (ksig_module) say they drive: an array of struct ksig_device. */
GPtrArray *ksig_kmod_devices_of_modules(const GPtrArray *modules);

/*
 * Those of RECIPE's modules in the list PATH: lines of a driver, a modalias and a name, by tabs; '#' begins a
 * comment. A list without any is an input error.
 */
GPtrArray *ksig_kmod_devices_of_list(const char *path, const ksig_recipe *recipe, GError **error);

/*
 * The PCI devices in the tables of RECIPE's folders below FOLDER, a kernel's source: every row, whatever its
 * conditions. OUT_UNCLEAR (may be NULL): entries (char *) whose ids are more than numbers and macros.
 */
GPtrArray *ksig_kmod_devices_of_source(const char *folder, const ksig_recipe *recipe, GPtrArray **out_unclear,
				       GError **error);

/*
 * The same of the vendor's source, each with how it is driven or not by the kernel whose CONFIGURATION (text;
 * NULL: unknown) is given. Rows that the configuration decides are left as driven where it is unknown, and
 * their aliases (char *) go to OUT_UNDECIDED. OUT_UNCLEAR: as above.
 */
GPtrArray *ksig_kmod_devices_of_vendor(const char *folder, const ksig_recipe *recipe,
				       const char *configuration, GPtrArray **out_unclear,
				       GPtrArray **out_undecided, GError **error);

/*
 * A kernel's configuration out of the file PATH (compressed or not) or the package that has it; to g_free().
 * What has no line of one is an input error: it would be taken for everything off.
 */
char *ksig_kmod_configuration_read(const char *path, GError **error);

/* The configuration that a kernel's source or package folder FOLDER holds for this machine's architecture. */
char *ksig_kmod_devices_configuration(const char *folder, char **out_path);

/* The release of the EL kernel whose source FOLDER is ("5.14.0-427"); to g_free(). NULL: it does not say. */
char *ksig_kmod_devices_release(const char *folder);

/*
 * Those of DEVICES that none of OTHERS covers ("sv*" covers each sv) and drives, with how they got lost:
 * borrowed pointers.
 */
GPtrArray *ksig_kmod_devices_missing(const GPtrArray *devices, const GPtrArray *others);

/*
 * What of DEVICES is taken for removed while UNCLEAR, of the source that they are missed in, has lines that
 * may be about it, is only not understood: its how becomes KSIG_DEVICE_UNREAD.
 */
void ksig_kmod_devices_doubt(const GPtrArray *devices, const GPtrArray *unclear);

/* The PCI devices of the machine whose sysfs is SYSFS that match ALIAS: addresses (char *). */
GPtrArray *ksig_kmod_devices_here(const char *sysfs, const char *alias);

/*
 * The patch (-p1) to the source in VENDOR that restores what UPSTREAM's has and RECIPE asks for (its devices;
 * all if it names none), for a kernel RELEASE (NULL: unknown) of CONFIGURATION (text; NULL: unknown): NULL
 * without error if nothing is to be restored. What it does is checked by reading the patched table again.
 * OUT_FAILED (may be NULL): lines (char *), an alias and why it is not restored: its row means nothing in the
 * vendor's source, or the lines that go with it (tables of products, cases) are not there.
 */
char *ksig_kmod_devices_patch(const char *upstream, const char *vendor, const ksig_recipe *recipe,
			      const char *configuration, const char *release, GPtrArray **out_failed,
			      GError **error);

/*
 * Puts what has to be read of SOURCE (a kernel's tarball or folder) for RECIPE's tables into FOLDER.
 */
bool ksig_kmod_devices_stage(const char *source, const ksig_recipe *recipe, const char *folder,
			     GError **error);
