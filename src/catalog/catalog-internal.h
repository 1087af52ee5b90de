/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside catalog: the database handle, its statements, and how a row becomes a structure. A list is always
 * read to its end before it is returned, so that a cached statement is never in use twice.
 */
#pragma once

#include "catalog/catalog.h"

/* One parameter of a statement. Text is not copied: it must live until the statement has run. */
struct ksig_value {
	enum { KSIG_VALUE_TEXT, KSIG_VALUE_INTEGER, KSIG_VALUE_REAL } type;
	const char *text; /* NULL binds NULL */
	int64_t integer;
	double real;
};
#define KSIG_TEXT(string)                                                                                    \
	{                                                                                                    \
		.type = KSIG_VALUE_TEXT, .text = (string)                                                    \
	}
#define KSIG_INTEGER(number)                                                                                 \
	{                                                                                                    \
		.type = KSIG_VALUE_INTEGER, .integer = (number)                                              \
	}
#define KSIG_REAL(number)                                                                                    \
	{                                                                                                    \
		.type = KSIG_VALUE_REAL, .real = (number)                                                    \
	}

/* The parameters of ksig_catalog_query() and ksig_catalog_run(): an array and its length. */
#define KSIG_VALUES(...)                                                                                     \
	(const struct ksig_value[]){__VA_ARGS__},                                                            \
		sizeof((const struct ksig_value[]){__VA_ARGS__}) / sizeof(struct ksig_value)
#define KSIG_NO_VALUES NULL, 0
