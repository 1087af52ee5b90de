/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/client.h"
/*
 * A machine for tests/live/test-delivery.py and tests/rpm/test-year.py: the client over a network and behind
 * the fake kernel. deliver ROOT TRUST fetch SOURCE | apply | auto | status
 */
#include "machine.h"

#include <string.h>

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *said = NULL;
	bool good = false;

	if (argc < 4)
		return 2;
	machine = g_strdup(argv[1]);
	trust = g_strdup(argv[2]);
	g_autoptr(ksig_client) client = open_client();
	if (g_str_equal(argv[3], "fetch") && argc == 5)
		good = ksig_client_fetch(client, argv[4], &said, &error);
	else if (g_str_equal(argv[3], "apply"))
		good = ksig_client_apply(client, NULL, &error);
	else if (g_str_equal(argv[3], "auto"))
		good = ksig_client_auto(client, &said, &error);
	else
		good = (said = ksig_client_status(client, NULL, &error)) != NULL;
	puts(said ? said : error ? error->message : "done");
	return good ? 0 : ksig_error_exit_status(error);
}
