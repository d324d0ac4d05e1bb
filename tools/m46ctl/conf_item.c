// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration as a sorted list of things with canonical texts.
 */
#include <arpa/inet.h>
#include <linux/m46.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conf.h"
#include "conf_item.h"
#include "dev.h"

#define LINE_ROOM	150	/* what lists are cut to; the reader takes more */

static struct conf_item *add_item(struct conf_items *items, enum conf_kind kind,
				  const void *thing, unsigned int line)
{
	struct conf_item *item;

	conf_grow((void **)&items->list, &items->n, &items->room,
		  sizeof(items->list[0]));
	item = &items->list[items->n - 1];
	item->key[0] = (uint8_t)kind;
	item->thing = thing;
	item->line = line;

	return item;
}

__attribute__((format(printf, 2, 3)))
static void set_text(struct conf_item *item, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&item->text, fmt, ap) < 0)
		abort();
	va_end(ap);
}

/* "Key = a,b" in lines that are not too long. */
static char *value_lines(const char *word, const char *text)
{
	char key[CONF_KEYLEN], *lines = NULL;
	size_t size, n;
	FILE *f = open_memstream(&lines, &size);

	if (!f)
		abort();
	conf_key(word, key);
	for (; *text; text += n) {
		n = strlen(text);
		while (n > LINE_ROOM && strchr(text, ',')) {
			for (n--; n && text[n] != ','; n--)
				;
			if (!n)
				break;
		}
		if (!n)
			n = strlen(text);
		fprintf(f, "%s = %.*s\n", key, (int)n, text);
		if (text[n] == ',')
			n++;
	}
	if (fclose(f))
		abort();

	return lines;
}

int conf_default(const struct conf *conf, const struct word *word,
		 struct value *value)
{
	const struct value *mode = dev_value(conf->dev, M46_DEV_A_MODE);
	static const struct prefix sixto4 = {
		.family = AF_INET6, .len = 16, .bytes = { 0x20, 0x02 }
	};

	if (word->attr != M46_DEV_A_PREFIXES || mode->num != M46_MODE_6TO4)
		return word_default(word, dev_is_6rd(conf->dev), value);
	memset(value, 0, sizeof(*value));
	value->set = true;
	value->n = !dev_remote(conf->dev);
	value->list[0] = sixto4;

	return 0;
}

/* Whether the file need not say it. */
static bool is_default(const struct conf *conf, const struct word *word,
		       const char *text)
{
	struct value standard;
	bool same;
	char *d;

	if (conf_default(conf, word, &standard))
		return false;
	d = value_text(word, &standard);
	same = !strcmp(d, text);
	free(d);

	return same;
}

static void add_setting(struct conf_items *items, const struct conf *conf,
			unsigned int i)
{
	const struct word *word = &dev_words.words[i];
	const struct value *value = &conf->dev[i];
	struct conf_item *item;
	char *text;

	/* No kernel tells a key. */
	if (!value->set || word->answer || word->type == WORD_KEY)
		return;
	text = value_text(word, value);
	/* A list that cannot be empty is not there. */
	if (*text && !is_default(conf, word, text)) {
		item = add_item(items, CONF_DEV, value, conf->dev_line[i]);
		item->key[1] = (uint8_t)i;
		item->index = i;
		item->text = value_lines(word->name, text);
	}
	free(text);
}

static void add_addr(struct conf_items *items, const struct conf_addr *addr)
{
	struct conf_item *item = add_item(items, CONF_ADDR, addr, addr->line);
	char text[PREFIX_STRLEN];

	item->key[1] = addr->addr.family;
	memcpy(item->key + 2, addr->addr.bytes, 16);
	item->key[18] = addr->addr.len;
	set_text(item, "Address = %s\n", prefix_str(&addr->addr, text));
}

static void add_route(struct conf_items *items, const struct conf_route *route)
{
	struct conf_item *item = add_item(items, CONF_ROUTE, route,
					  route->line);
	uint32_t table = htonl(route->table), metric = htonl(route->metric);
	char text[CONF_ROUTE_STRLEN];

	item->key[1] = route->dst.family;
	memcpy(item->key + 2, &table, 4);
	memcpy(item->key + 6, route->dst.bytes, 16);
	item->key[22] = route->dst.len;
	memcpy(item->key + 23, &metric, 4);
	set_text(item, "Route = %s\n", conf_route_str(route, text));
}

static void add_rule(struct conf_items *items, const struct rule *rule,
		     unsigned int line)
{
	const struct word *word = &rule_words.words[RULE_WORD_METHOD];
	const char *method = keyword_name(word->keywords, rule->method);
	struct conf_item *item = add_item(items, CONF_RULE, rule, line);
	struct prefix via = { .family = AF_INET6, .len = rule->via_len };
	char dst[PREFIX_STRLEN], text[PREFIX_STRLEN];

	via.v6 = rule->via;
	item->key[1] = rule->local;
	memcpy(item->key + 2, &rule->dst, 4);
	item->key[6] = rule->dst_len;
	set_text(item, "\n[Rule]\nDst = %s\nVia = %s\n%s%s%s%s",
		 rule_dst_str(rule, dst), prefix_str(&via, text),
		 rule->local ? "Local = on\n" : "", method ? "Method = " : "",
		 method ? method : "", method ? "\n" : "");
}

static void add_pool(struct conf_items *items, const struct conf_pool *pool)
{
	struct conf_item *item = add_item(items, CONF_POOL, &pool->pool,
					  pool->line);
	const struct word *word = &pool_words.words[POOL_WORD_EXCLUDE];
	char text[PREFIX_STRLEN], *list = NULL, *lines = NULL;

	if (pool->pool.exclude.set && pool->pool.exclude.n) {
		list = value_text(word, &pool->pool.exclude);
		lines = value_lines(word->name, list);
	}
	memcpy(item->key + 1, &pool->pool.dst.v4, 4);
	item->key[5] = pool->pool.dst.len;
	set_text(item, "\n[Pool]\nPrefix = %s\n%s",
		 prefix_str(&pool->pool.dst, text), lines ? lines : "");
	free(list);
	free(lines);
}

static void add_entry(struct conf_items *items, const struct conf_entry *entry)
{
	struct conf_item *item = add_item(items, CONF_ENTRY, &entry->entry,
					  entry->line);
	char ipv6[PREFIX_STRLEN], ipv4[PREFIX_STRLEN];

	memcpy(item->key + 1, &entry->entry.ipv4, 4);
	memcpy(item->key + 5, &entry->entry.ipv6, 16);
	set_text(item, "\n[Entry]\nIpv6 = %s\nIpv4 = %s\n",
		 ipv6_str(&entry->entry.ipv6, ipv6),
		 ipv4_str(&entry->entry.ipv4, ipv4));
}

/* What a new device has, see kmod/device.c. */
#define MTU_XLAT	65535
#define MTU_TUNNEL	1280
#define MTU_PMTUDISC	1480

uint32_t conf_default_mtu(const struct conf *conf)
{
	const struct value *mode = dev_value(conf->dev, M46_DEV_A_MODE);
	const struct value *pmtudisc;

	if (mode->num != M46_MODE_6TO4)
		return MTU_XLAT;
	pmtudisc = dev_value(conf->dev, DEV_TUNNEL(M46_TUN_A_PMTUDISC));

	return pmtudisc->set && pmtudisc->num ? MTU_PMTUDISC : MTU_TUNNEL;
}

static int compare_items(const void *a, const void *b)
{
	const struct conf_item *x = a, *y = b;
	int ret = memcmp(x->key, y->key, sizeof(x->key));

	return ret ? ret : (x->line > y->line) - (x->line < y->line);
}

void conf_items_get(struct conf_items *items, const struct conf *conf)
{
	struct conf_item *item;
	size_t i;

	memset(items, 0, sizeof(*items));
	for (i = 0; i < dev_words.n; i++)
		add_setting(items, conf, (unsigned int)i);
	if (conf->mtu && conf->mtu != conf_default_mtu(conf)) {
		item = add_item(items, CONF_MTU, &conf->mtu, conf->mtu_line);
		set_text(item, "Mtu = %u\n", conf->mtu);
	}
	for (i = 0; i < conf->addrs.n; i++)
		add_addr(items, &conf->addrs.things[i]);
	for (i = 0; i < conf->routes.n; i++)
		add_route(items, &conf->routes.things[i]);
	for (i = 0; i < conf->rules.n; i++)
		add_rule(items, &conf->rules.rules[i].rule,
			 conf->rules.rules[i].line);
	for (i = 0; i < conf->pools.n; i++)
		add_pool(items, &conf->pools.things[i]);
	for (i = 0; i < conf->entries.n; i++)
		add_entry(items, &conf->entries.things[i]);
	if (items->n)
		qsort(items->list, items->n, sizeof(items->list[0]),
		      compare_items);
}

void conf_items_free(struct conf_items *items)
{
	size_t i;

	for (i = 0; i < items->n; i++)
		free(items->list[i].text);
	free(items->list);
	memset(items, 0, sizeof(*items));
}

const char *conf_item_kind(const struct conf_item *item)
{
	static const char *const names[] = {
		[CONF_DEV] = "[Device]", [CONF_MTU] = "Mtu",
		[CONF_ADDR] = "Address", [CONF_ROUTE] = "Route",
		[CONF_RULE] = "[Rule]", [CONF_POOL] = "[Pool]",
		[CONF_ENTRY] = "[Entry]"
	};

	return names[conf_kind_of(item)];
}

bool conf_items_clash(const struct conf_item *a, const struct conf_item *b)
{
	/* Of an entry the IPv4 address alone, which stands first. */
	size_t len = conf_kind_of(a) == CONF_ENTRY ? 5 : sizeof(a->key);

	return !memcmp(a->key, b->key, len);
}

bool conf_changed(const struct conf_change *change)
{
	return !change->old || !change->new ||
	       strcmp(change->old->text, change->new->text);
}

void conf_walk(const struct conf_items *old, const struct conf_items *new,
	       void (*step)(const struct conf_change *change, void *arg),
	       void *arg)
{
	struct conf_change change;
	size_t o = 0, n = 0;
	int cmp;

	while (o < old->n || n < new->n) {
		if (o == old->n)
			cmp = 1;
		else if (n == new->n)
			cmp = -1;
		else
			cmp = memcmp(old->list[o].key, new->list[n].key,
				     sizeof(old->list[o].key));
		change.old = cmp <= 0 ? &old->list[o++] : NULL;
		change.new = cmp >= 0 ? &new->list[n++] : NULL;
		step(&change, arg);
	}
}

static void print_commands(FILE *f, const struct conf *conf)
{
	const struct conf_command *c = conf->commands.things;
	char key[CONF_KEYLEN];
	size_t i;

	for (i = 0; i < conf->commands.n; i++, c++) {
		conf_key(conf_hook_words[c->hook], key);
		fprintf(f, "%s = %s\n", key, c->text);
	}
}

/* The key, where a file has it: the only thing no device can be asked for. */
static void print_secrets(FILE *f, const struct conf *conf)
{
	char key[CONF_KEYLEN];
	unsigned int i;

	for (i = 0; i < dev_words.n; i++) {
		if (dev_words.words[i].type != WORD_KEY || !conf->texts[i])
			continue;
		conf_key(dev_words.words[i].name, key);
		fprintf(f, "%s = %s\n", key, conf->texts[i]);
	}
}

void conf_print(FILE *f, const struct conf *conf)
{
	struct conf_items items;
	size_t i;

	conf_items_get(&items, conf);
	fputs("[Device]\n", f);
	for (i = 0; i < items.n && conf_kind_of(&items.list[i]) < CONF_RULE; i++)
		fputs(items.list[i].text, f);
	print_secrets(f, conf);
	print_commands(f, conf);
	for (; i < items.n; i++)
		fputs(items.list[i].text, f);
	conf_items_free(&items);
}
