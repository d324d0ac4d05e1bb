// SPDX-License-Identifier: GPL-2.0
/*
 * A file of ours out of what the file of another translator says. It is written
 * as text and read again, so that what is printed is what up and sync take.
 */
#include <linux/m46.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conf_item.h"
#include "dev.h"
#include "import.h"

/* Text of others gets into comments: they stay one line, and harmless. */
static void clean(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			*s = '?';
	}
}

void import_title(struct import *im, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(im->title.text, sizeof(im->title.text), fmt, ap);
	va_end(ap);
	clean(im->title.text);
}

int import_fail(struct import *im, unsigned int line, const char *fmt, ...)
{
	va_list ap;

	if (im->err.why.text[0])
		return -1;
	im->err.line = line;
	va_start(ap, fmt);
	vsnprintf(im->err.why.text, sizeof(im->err.why.text), fmt, ap);
	va_end(ap);

	return -1;
}

void import_note(struct import *im, const char *fmt, ...)
{
	struct import_note *note;
	va_list ap;

	if (im->notes.n == IMPORT_NOTES_MAX) {
		im->n_more++;
		return;
	}
	note = conf_add(&im->notes);
	va_start(ap, fmt);
	vsnprintf(note->text, sizeof(note->text), fmt, ap);
	va_end(ap);
	clean(note->text);
}

void import_set(struct import *im, const char *fmt, ...)
{
	struct import_note *line = conf_add(&im->settings);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line->text, sizeof(line->text), fmt, ap);
	va_end(ap);
}

struct import_map *import_add_map(struct import *im, const struct prefix *ipv6,
				  const struct prefix *ipv4)
{
	struct import_map *map = conf_add(&im->maps);

	map->ipv6 = *ipv6;
	map->ipv4 = *ipv4;
	map->number = (unsigned int)im->maps.n - 1;

	return map;
}

int import_compare(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;
	int ret = (x->family > y->family) - (x->family < y->family);

	if (!ret)
		ret = memcmp(x->bytes, y->bytes, sizeof(x->bytes));

	return ret ? ret : (x->len > y->len) - (x->len < y->len);
}

/* "Key = PREFIX", each once, but for what one in front of it covers. */
static void put_prefixes(FILE *f, const char *key, struct prefix *list, size_t n,
			 bool nested)
{
	const struct prefix *last = NULL;
	char text[PREFIX_STRLEN];
	size_t i;

	if (n)
		qsort(list, n, sizeof(*list), import_compare);
	for (i = 0; i < n; i++) {
		if (last && (nested ? prefix_covers(last, &list[i]) :
				      !import_compare(last, &list[i])))
			continue;
		last = &list[i];
		fprintf(f, "%s = %s\n", key, prefix_str(last, text));
	}
}

/* What has a value of its own in only one of the modes. */
static void put_by_mode(struct import *im, FILE *f)
{
	bool forward = im->udp_zero && !strcmp(im->udp_zero, "forward");

	if (forward && !im->adpt)
		import_note(im, "%s: a device of mode m46t does not forward UDP without checksum, it computes one",
			    im->udp_zero_key);
	else if (im->udp_zero)
		fprintf(f, "UdpZero = %s\n", im->udp_zero);
	if (im->no_hairpin && im->adpt)
		import_note(im, "eam-hairpin-mode: with rules, it is routes that decide whether hosts reach one another");
	else if (im->no_hairpin)
		fputs("Hairpin = off\n", f);
	if (!im->adpt && dev_has_u_bits(&im->prefix))
		fputs("AllowNonzeroU = on\n", f);
}

static void put_device(struct import *im, FILE *f)
{
	char text[PREFIX_STRLEN];
	size_t i;

	fprintf(f, "[Device]\nMode = %s\nPrefix = %s\n",
		im->adpt ? "adpt" : "m46t", prefix_str(&im->prefix, text));
	for (i = 0; i < im->settings.n; i++)
		fprintf(f, "%s\n", im->settings.things[i].text);
	put_by_mode(im, f);
	import_add(&im->routes, &im->prefix);
	put_prefixes(f, "Route", im->routes.things, im->routes.n, true);
	put_prefixes(f, "Address", im->addrs.things, im->addrs.n, false);
}

static void put_pools(const struct import *im, FILE *f)
{
	char text[PREFIX_STRLEN];
	size_t i, e;

	for (i = 0; i < im->pools.n; i++) {
		fprintf(f, "[Pool]\nPrefix = %s\n",
			prefix_str(&im->pools.things[i], text));
		for (e = 0; !i && e < im->excludes.n; e++)
			fprintf(f, "Exclude = %s\n",
				prefix_str(&im->excludes.things[e], text));
	}
}

static int parse(struct import *im, const char *text, size_t n, struct conf *conf)
{
	struct conf_error err;
	FILE *f = fmemopen((char *)text, n, "r");
	int ret;

	if (!f)
		abort();
	ret = conf_parse(f, "import", conf, &err);
	fclose(f);
	if (ret)
		import_fail(im, 0, "what it becomes is refused: line %u: %.160s",
			    err.line, err.why.text);

	return ret;
}

int import_make(struct import *im, struct conf *conf)
{
	char *device = NULL, *rest = NULL;
	size_t n_device, n_rest;
	FILE *f = open_memstream(&device, &n_device);
	FILE *r = open_memstream(&rest, &n_rest);
	int ret;

	conf_init(conf, "import");
	if (!f || !r)
		abort();
	ret = import_maps(im, r);
	if (!ret) {
		put_device(im, f);
		put_pools(im, f);
	}
	if (fclose(r))
		abort();
	if (!ret)
		fwrite(rest, 1, n_rest, f);
	if (fclose(f))
		abort();
	if (!ret)
		ret = parse(im, device, n_device, conf);
	free(device);
	free(rest);

	return ret;
}

void import_print(FILE *f, const struct import *im, const struct conf *conf)
{
	size_t i;

	fprintf(f, "# %s\n", im->title.text);
	if (im->notes.n)
		fputs("#\n# Without equivalent, or not quite the same:\n", f);
	for (i = 0; i < im->notes.n; i++)
		fprintf(f, "# %s\n", im->notes.things[i].text);
	if (im->n_more)
		fprintf(f, "# and %u more\n", im->n_more);
	fputc('\n', f);
	conf_print(f, conf);
}

void import_free(struct import *im)
{
	free(im->settings.things);
	free(im->maps.things);
	free(im->routes.things);
	free(im->addrs.things);
	free(im->pools.things);
	free(im->excludes.things);
	free(im->notes.things);
	memset(im, 0, sizeof(*im));
}
