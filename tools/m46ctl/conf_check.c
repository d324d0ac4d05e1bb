// SPDX-License-Identifier: GPL-2.0
/*
 * What is wrong with a configuration file as a whole.
 */
#include <linux/m46.h>
#include <stdlib.h>
#include <string.h>

#include "conf_item.h"
#include "conf_parse.h"
#include "dev.h"

static int check_modes(struct conf_parser *p)
{
	const struct conf *conf = p->conf;
	const struct value *mode = dev_value(conf->dev, M46_DEV_A_MODE);
	const struct value *md = dev_value(conf->dev, M46_DEV_A_MD);
	struct parse_err why;
	char key[CONF_KEYLEN];
	unsigned int i;

	if (words_required(&dev_words, conf->dev, mode->set ? mode->num : 0,
			   &why))
		return conf_fail(p, p->device_line, "[Device]: %.200s", why.text);
	for (i = 0; i < dev_words.n; i++) {
		if (!conf->dev[i].set ||
		    word_in_mode(&dev_words.words[i], mode->num))
			continue;
		conf_key(dev_words.words[i].name, key);
		return conf_fail(p, conf->dev_line[i],
			    "%s: not for devices of mode %s", key, mode->text);
	}
	if (conf->rules.n && mode->num != M46_MODE_ADPT)
		return conf_fail(p, conf->rules.rules[0].line,
			    "[Rule]: not for devices of mode %s", mode->text);
	if (conf->rules.n && md->set && md->num == M46_MD_FIB)
		return conf_fail(p, conf->rules.rules[0].line,
			    "[Rule]: with Md = fib the IPv4 routes are the rules");
	if (conf->pools.n && mode->num != M46_MODE_M46T)
		return conf_fail(p, conf->pools.things[0].line,
			    "[Pool]: not for devices of mode %s", mode->text);
	if (conf->entries.n && mode->num != M46_MODE_M46T)
		return conf_fail(p, conf->entries.things[0].line,
			    "[Entry]: not for devices of mode %s", mode->text);

	return 0;
}

static int compare_hosts(const void *a, const void *b)
{
	const struct conf_entry *x = a, *y = b;
	int ret = memcmp(&x->entry.ipv6, &y->entry.ipv6, 16);

	return ret ? ret : (int)x->line - (int)y->line;
}

/* A host has one address; that an address has one host, items say. */
static int check_hosts(struct conf_parser *p)
{
	struct conf_entry *e = p->conf->entries.things;
	char text[PREFIX_STRLEN];
	size_t i;

	if (p->conf->entries.n)
		qsort(e, p->conf->entries.n, sizeof(*e), compare_hosts);
	for (i = 1; i < p->conf->entries.n; i++) {
		if (!memcmp(&e[i - 1].entry.ipv6, &e[i].entry.ipv6, 16))
			return conf_fail(p, e[i].line, "[Entry]: %s has one in line %u",
				    ipv6_str(&e[i].entry.ipv6, text),
				    e[i - 1].line);
	}

	return 0;
}

static int check_twice(struct conf_parser *p)
{
	struct conf_items items;
	size_t i;
	int ret = 0;

	conf_items_get(&items, p->conf);
	for (i = 1; i < items.n && !ret; i++) {
		if (!conf_items_clash(&items.list[i - 1], &items.list[i]))
			continue;
		ret = conf_fail(p, items.list[i].line, "%s: line %u has it already",
			   conf_item_kind(&items.list[i]),
			   items.list[i - 1].line);
	}
	conf_items_free(&items);

	return ret;
}

int conf_check(struct conf_parser *p)
{
	if (!p->device_line)
		return conf_fail(p, 0, "[Device] is missing");
	if (check_modes(p) || check_hosts(p))
		return -1;
	conf_find_hops(p->conf);

	return check_twice(p);
}
