// SPDX-License-Identifier: GPL-2.0
/*
 * sixrd: from what others say of a 6rd domain to the words of a device.
 */
#include <linux/m46.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "err.h"
#include "out.h"
#include "sixrd.h"

/* The other relays may send as well, but a device sends to one only. */
static unsigned int count_others(const struct sixrd *sixrd)
{
	if (sixrd->n_relays <= 1 + M46_PEERS_MAX)
		return sixrd->n_relays - 1;
	err_warn("option 212: %u border relays, those after the first %d are left out",
		 sixrd->n_relays, 1 + M46_PEERS_MAX);

	return M46_PEERS_MAX;
}

static void print_json(const struct sixrd *sixrd, unsigned int others)
{
	char text[PREFIX_STRLEN];
	unsigned int i;

	out_list_begin(NULL);
	out_object_begin();
	out_array_begin("prefix", "none");
	out_string(NULL, NULL, prefix_str(&sixrd->prefix, text));
	out_array_end();
	out_string("v4-prefix", NULL, prefix_str(&sixrd->v4_prefix, text));
	out_string("remote", NULL, addr_str(&sixrd->relays[0], text));
	if (others)
		out_array_begin("relay-from", "none");
	for (i = 1; i <= others; i++)
		out_string(NULL, NULL, prefix_str(&sixrd->relays[i], text));
	if (others)
		out_array_end();
	out_object_end();
	out_list_end();
}

/* One line however long it is, so that it can be part of another. */
static void print_text(const struct sixrd *sixrd, unsigned int others)
{
	char p6[PREFIX_STRLEN], p4[PREFIX_STRLEN], text[PREFIX_STRLEN];
	char list[M46_PEERS_MAX * PREFIX_STRLEN] = "";
	unsigned int i;
	size_t used;

	for (i = 1; i <= others; i++) {
		used = strlen(list);
		snprintf(list + used, sizeof(list) - used, "%s%s",
			 i == 1 ? " relay-from " : ",",
			 prefix_str(&sixrd->relays[i], text));
	}
	out_line("prefix %s v4-prefix %s remote %s%s",
		 prefix_str(&sixrd->prefix, p6),
		 prefix_str(&sixrd->v4_prefix, p4),
		 addr_str(&sixrd->relays[0], text), list);
}

static int from_dhcp(int argc, char **argv)
{
	struct value values[SIXRD_WORD_COUNT];
	struct sixrd sixrd;
	struct parse_err err;
	unsigned int others;
	int ret;

	if (!argc || words_by_name(&sixrd_words, argv[0]))
		return err_refused("HEX is missing");
	ret = cmd_words(&sixrd_words, argc - 1, argv + 1,
			WORD_BIT(SIXRD_WORD_LOCAL), WORD_BIT(SIXRD_WORD_LOCAL),
			values);
	if (ret)
		return ret;
	if (sixrd_parse(argv[0], &values[SIXRD_WORD_LOCAL].prefix, &sixrd,
			&err))
		return err_refused("%s", err.text);
	others = count_others(&sixrd);
	if (out_is_json())
		print_json(&sixrd, others);
	else
		print_text(&sixrd, others);

	return EXIT_OK;
}

static const struct command commands[] = {
	{ "from-dhcp", from_dhcp, "HEX local V4" },
	{ NULL, NULL, NULL }
};

const struct object sixrd_object = {
	"sixrd", commands, &sixrd_words, "6rd domains, as DHCP tells of them"
};
