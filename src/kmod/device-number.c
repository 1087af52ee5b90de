/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Constant expressions of C, as far as ids and enumerators are written with them. */
#include "kmod/device-number-internal.h"

#include <string.h>

enum { EXPRESSION_DEPTH_MAX = 32 };

struct expression {
	const char *at;
	int depth;
	bool good;
};

static const struct {
	const char *word;
	int strength;
} operators[] = {{"<<", 5}, {">>", 5}, {"+", 6}, {"-", 6}, {"&", 4}, {"^", 3}, {"|", 2}};

static uint64_t choice(struct expression *expression);

static void skip_blanks(struct expression *expression)
{
	expression->at += strspn(expression->at, " \t\n");
}

/* "(unsigned short)": takes it; how many bits it leaves. 0: there is none. */
static unsigned cast(struct expression *expression)
{
	static const struct {
		const char *name;
		unsigned bits;
	} types[] = {
		{"char", 8},      {"short", 16},    {"int", 32},           {"unsigned", 32}, {"long", 64},
		{"u8", 8},        {"u16", 16},      {"u32", 32},           {"u64", 64},      {"__u8", 8},
		{"__u16", 16},    {"__u32", 32},    {"__u64", 64},         {"uint8_t", 8},   {"uint16_t", 16},
		{"uint32_t", 32}, {"uint64_t", 64}, {"kernel_ulong_t", 64}};
	const char *end = *expression->at == '(' ? strchr(expression->at, ')') : NULL;
	unsigned bits = 0;

	if (!end)
		return 0;
	g_autofree char *inner = g_strstrip(
		g_strndup(expression->at + 1, (gsize) (end - expression->at - 1)));
	g_auto(GStrv) words = g_strsplit_set(inner, " \t\n", -1);
	for (char **word = words; *word; word++) {
		size_t i = 0;
		while (i < G_N_ELEMENTS(types) && !g_str_equal(types[i].name, *word))
			i++;
		if (i == G_N_ELEMENTS(types))
			return 0;
		bits = g_str_equal(*word, "unsigned") && bits > 0 ? bits : types[i].bits;
	}
	expression->at = end + 1;
	return bits;
}

static uint64_t primary(struct expression *expression)
{
	char *end = NULL;
	uint64_t value = 0;

	skip_blanks(expression);
	if (++expression->depth > EXPRESSION_DEPTH_MAX) {
		expression->good = false;
		return 0;
	}
	const unsigned width = cast(expression);
	if (width > 0) {
		value = primary(expression) & (~UINT64_C(0) >> (64 - width));
	} else if (*expression->at == '~' || *expression->at == '-') {
		const char sign = *expression->at++;
		value = primary(expression);
		value = sign == '~' ? ~value : -value;
	} else if (*expression->at == '(') {
		expression->at++;
		value = choice(expression);
		skip_blanks(expression);
		expression->good &= *expression->at == ')';
		expression->at += *expression->at == ')';
	} else {
		value = g_ascii_strtoull(expression->at, &end, 0);
		expression->good &= end != expression->at;
		expression->at = end + strspn(end, "uUlL");
	}
	expression->depth--;
	return value;
}

static uint64_t apply(const char *word, uint64_t left, uint64_t right)
{
	switch (word[0]) {
	case '<':
		return right < 64 ? left << right : 0;
	case '>':
		return right < 64 ? left >> right : 0;
	case '+':
		return left + right;
	case '-':
		return left - right;
	case '&':
		return left & right;
	case '^':
		return left ^ right;
	default:
		return left | right;
	}
}

static uint64_t binary(struct expression *expression, int least)
{
	uint64_t value = primary(expression);
	bool more = true;

	while (more && expression->good) {
		more = false;
		skip_blanks(expression);
		for (size_t i = 0; i < G_N_ELEMENTS(operators) && !more; i++) {
			const char *word = operators[i].word;
			if (operators[i].strength <= least || !g_str_has_prefix(expression->at, word))
				continue;
			expression->at += strlen(word);
			value = apply(word, value, binary(expression, operators[i].strength));
			more = true;
		}
	}
	return value;
}

/* "A ? B : C", and GNU's "A ?: C". */
static uint64_t choice(struct expression *expression)
{
	const uint64_t condition = binary(expression, 0);

	skip_blanks(expression);
	if (!expression->good || *expression->at != '?')
		return condition;
	if (++expression->depth > EXPRESSION_DEPTH_MAX) {
		expression->good = false;
		return 0;
	}
	expression->at++;
	skip_blanks(expression);
	const uint64_t yes = *expression->at == ':' ? condition : choice(expression);
	skip_blanks(expression);
	expression->good &= *expression->at == ':';
	expression->at += *expression->at == ':';
	const uint64_t no = choice(expression);
	expression->depth--;
	return condition ? yes : no;
}

bool device_number(const char *text, uint64_t *out_value)
{
	struct expression expression = {.at = text, .good = true};
	const uint64_t value = choice(&expression);

	skip_blanks(&expression);
	if (!expression.good || *expression.at)
		return false;
	*out_value = value;
	return true;
}
