// SPDX-License-Identifier: GPL-2.0
/*
 * up, down, sync, confirm, save, restore, show: devices and their files.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/m46.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "cmd.h"
#include "conf.h"
#include "conf_item.h"
#include "conf_path.h"
#include "conf_plan.h"
#include "conf_run.h"
#include "conf_save.h"
#include "dev.h"
#include "err.h"
#include "link.h"
#include "out.h"

#define CONFIRM_MAX	86400

enum conf_word {
	CONF_WORD_DEV,
	CONF_WORD_DIR,
	CONF_WORD_DRY_RUN,
	CONF_WORD_DIFF,
	CONF_WORD_CONFIRM,
	CONF_WORD_COUNT
};

#define DEV_WORD \
	[CONF_WORD_DEV] = { "dev", 0, WORD_IFNAME, .help = "the device" }
#define DIR_WORD \
	[CONF_WORD_DIR] = { "dir", 0, WORD_PATH, \
			    .help = "where NAME.conf is; " CONF_DIR }
#define DRY_RUN_WORD \
	[CONF_WORD_DRY_RUN] = { "dry-run", 0, WORD_FLAG, \
		.help = "print the commands that would do it, and do nothing" }

static const struct word sync_word_list[] = {
	DEV_WORD, DIR_WORD, DRY_RUN_WORD,
	[CONF_WORD_DIFF] = {
		"diff", 0, WORD_FLAG,
		.help = "print what differs from the file, and do nothing" },
	[CONF_WORD_CONFIRM] = {
		"confirm", 0, WORD_TIME, .min = 1, .max = CONFIRM_MAX,
		.help = "undo it again if nobody confirms it in time" },
};

/* One array: the tables of the others are what it begins with. */
static const struct word_table sync_words = {
	"sync", sync_word_list, CONF_WORD_COUNT
};

static const struct word_table up_words = {
	"up", sync_word_list, CONF_WORD_DRY_RUN + 1
};

static const struct word_table file_words = {
	"down", sync_word_list, CONF_WORD_DIR + 1
};

static const struct word_table name_words = {
	"confirm", sync_word_list, CONF_WORD_DEV + 1
};

/**
 * struct target - what a command is about
 * @values: the words
 * @path: of the file, where @given
 * @name: of the device, likewise
 */
struct target {
	struct value values[CONF_WORD_COUNT];
	char path[CONF_PATHLEN];
	char name[PARSE_IFNAMSIZ];
	bool given;
};

static bool is_file(const char *name)
{
	size_t len = strlen(name), suffix = strlen(CONF_SUFFIX);

	return len > suffix && !strcmp(name + len - suffix, CONF_SUFFIX);
}

/* NAME or FILE, and words. Errors are printed. Return: 0 or an exit code. */
static int find_target(struct target *t, const struct word_table *table,
		       int argc, char **argv)
{
	char *file = words_operand(table, &argc, argv);
	const struct value *dev = &t->values[CONF_WORD_DEV];
	const struct value *dir = &t->values[CONF_WORD_DIR];
	struct parse_err why;
	int ret;

	memset(t, 0, sizeof(*t));
	if (words_parse(table, argc, argv, t->values, &why))
		return err_refused("%s", why.text);
	if (file && !strcmp(file, CONF_STDIO)) {
		if (!dev->set)
			return err_refused("-: dev NAME is missing");
		strcpy(t->name, dev->ifname);
		strcpy(t->path, file);
		t->given = true;
		return EXIT_OK;
	}
	if (file && dev->set)
		return err_refused("\"%s\": either NAME or FILE", file);
	if (!file && dev->set && is_file(dev->ifname))
		file = (char *)dev->text;
	t->given = file || dev->set;
	if (!t->given)
		return EXIT_OK;
	if (file) {
		ret = conf_path_of_file(file, t->path, t->name, &why);
	} else {
		strcpy(t->name, dev->ifname);
		ret = conf_path_of_name(dir->set ? dir->text : CONF_DIR,
					t->name, t->path, &why);
	}

	return ret ? err_refused("%s", why.text) : EXIT_OK;
}

static int need_target(struct target *t, const struct word_table *table,
		       int argc, char **argv)
{
	int ret = find_target(t, table, argc, argv);

	return ret || t->given ? ret : err_refused("NAME is missing");
}

static struct conf *new_conf(void)
{
	struct conf *conf = calloc(1, sizeof(*conf));

	if (!conf)
		abort();

	return conf;
}

static void del_conf(struct conf *conf)
{
	conf_free(conf);
	free(conf);
}

/* --- up and down */

static int add_device(struct conf *file)
{
	const struct link_place place = { file->path, file->dev_line };
	struct parse_err why;

	if (dev_find_links(file->dev, &why))
		return err_refused("%s: %s", file->path, why.text);

	return link_add(file->name, file->dev, &place);
}

static int up_device(struct conf *file, struct conf_plan *plan)
{
	struct link link;
	int ret;

	if (!link_get(0, file->name, &link))
		return err_refused("%s: is there already: sync %s", file->name,
				   file->name);
	ret = conf_run_commands(file, CONF_PRE_UP);
	if (ret)
		return ret;
	ret = add_device(file);
	if (ret)
		return ret;
	ret = conf_plan_apply(plan);
	if (!ret)
		dev_warn(file->name, file->dev);
	if (!ret)
		ret = conf_run_commands(file, CONF_POST_UP);
	if (ret && !link_del(file->name))
		err_note("%s: is not there, as before", file->name);

	return ret;
}

static void print_up(const struct conf *file, const struct conf_plan *plan)
{
	unsigned int i;
	char *text;

	printf("m46ctl dev add %s", file->name);
	for (i = 0; i < dev_words.n; i++) {
		if (!file->dev[i].set)
			continue;
		text = dev_words.words[i].type == WORD_KEY ?
		       strdup("...") : value_text(&dev_words.words[i],
						  &file->dev[i]);
		printf(" %s %s", dev_words.words[i].name, text ? text : "");
		free(text);
	}
	putchar('\n');
	conf_plan_print(stdout, plan);
}

static int up_file(const char *path, const char *name, bool dry_run)
{
	struct conf *file = new_conf(), *nothing = new_conf();
	struct conf_plan plan;
	int ret = conf_read_file(path, name, file);

	conf_init(nothing, name);
	if (!ret) {
		ret = conf_plan_make(&plan, nothing, file);
		if (!ret && dry_run)
			print_up(file, &plan);
		else if (!ret)
			ret = up_device(file, &plan);
		conf_plan_free(&plan);
	}
	del_conf(file);
	del_conf(nothing);

	return ret;
}

static int run_up(int argc, char **argv)
{
	struct target t;
	bool dry_run;
	int ret = need_target(&t, &up_words, argc, argv);

	dry_run = t.values[CONF_WORD_DRY_RUN].set;
	if (!ret && !dry_run)
		ret = conf_lock(t.name);
	if (!ret)
		ret = up_file(t.path, t.name, dry_run);
	conf_unlock();

	return ret;
}

static int down_file(const struct conf *file)
{
	struct link link;
	int ret;

	if (link_get(0, file->name, &link))
		return err_refused("%s: no such device", file->name);
	/* A command that fails is no reason to leave the device. */
	conf_run_commands(file, CONF_PRE_DOWN);
	ret = link_del(file->name);
	if (!ret)
		ret = conf_run_commands(file, CONF_POST_DOWN);

	return ret;
}

static int run_down(int argc, char **argv)
{
	struct conf *file = new_conf();
	struct target t;
	int ret = need_target(&t, &file_words, argc, argv);

	if (!ret)
		ret = conf_lock(t.name);
	if (!ret)
		ret = conf_read_file(t.path, t.name, file);
	if (!ret)
		ret = down_file(file);
	conf_unlock();
	del_conf(file);

	return ret;
}

/* --- sync */

/* Return: whether it stays. */
static bool is_confirmed(const char *name, uint32_t seconds)
{
	switch (conf_confirm_wait(name, seconds)) {
	case CONF_CONFIRMED:
		return true;
	case CONF_LATE:
		err_note("%s: nobody has confirmed it", name);
		break;
	case CONF_STOPPED:
		err_note("%s: stopped before it was confirmed", name);
		break;
	}

	return false;
}

static int apply_confirmed(struct conf_plan *plan, uint32_t seconds)
{
	const char *name = plan->to->name;
	int ret = conf_confirm_begin(name);

	if (!ret)
		ret = conf_guard_begin(plan, seconds);
	if (!ret)
		ret = conf_plan_apply(plan);
	if (!ret)
		conf_guard_done();
	if (!ret && !is_confirmed(name, seconds)) {
		ret = EXIT_REFUSED;
		conf_undone(plan, conf_plan_undo(plan));
	}
	conf_guard_end();
	conf_confirm_end();

	return ret;
}

static bool is_dry(const struct target *t)
{
	return t->values[CONF_WORD_DIFF].set ||
	       t->values[CONF_WORD_DRY_RUN].set;
}

static void warn_settings(const struct conf_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->ops.n; i++) {
		if (plan->ops.things[i].kind == OP_DEV)
			dev_warn(plan->to->name, plan->to->dev);
	}
}

static int sync_plan(struct conf_plan *plan, const struct target *t)
{
	const struct value *confirm = &t->values[CONF_WORD_CONFIRM];
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	if (t->values[CONF_WORD_DIFF].set)
		conf_diff(stdout, plan->from, plan->to, colour);
	if (t->values[CONF_WORD_DRY_RUN].set)
		conf_plan_print(stdout, plan);
	if (is_dry(t) || !plan->ops.n)
		return EXIT_OK;
	warn_settings(plan);
	if (confirm->set)
		return apply_confirmed(plan, confirm->num);

	return conf_plan_apply(plan);
}

static int sync_target(const struct target *t)
{
	struct conf *file = new_conf(), *running = new_conf();
	struct conf_plan plan;
	struct parse_err why;
	int ret = conf_read_file(t->path, t->name, file);

	if (!ret)
		ret = conf_read_kernel(t->name, running);
	if (!ret && dev_find_links(file->dev, &why))
		ret = err_refused("%s: %s", t->path, why.text);
	if (!ret) {
		ret = conf_plan_make(&plan, running, file);
		if (!ret)
			ret = sync_plan(&plan, t);
		conf_plan_free(&plan);
	}
	del_conf(file);
	del_conf(running);

	return ret;
}

static int run_sync(int argc, char **argv)
{
	struct target t;
	int ret = need_target(&t, &sync_words, argc, argv);

	if (!ret && !is_dry(&t))
		ret = conf_lock(t.name);
	if (!ret)
		ret = sync_target(&t);
	conf_unlock();

	return ret;
}

static int run_confirm(int argc, char **argv)
{
	struct target t;
	int ret = need_target(&t, &name_words, argc, argv);

	return ret ? ret : conf_confirm(t.name);
}

/* --- save, restore, show */

static int save_device(const char *path, const char *name)
{
	struct conf *running = new_conf();
	int ret = conf_lock(name);

	if (!ret)
		ret = conf_read_kernel(name, running);
	if (!ret && !strcmp(path, CONF_STDIO))
		conf_print(stdout, running);
	else if (!ret)
		ret = conf_save(running, path);
	conf_unlock();
	del_conf(running);

	return ret;
}

static int save_all(const char *dir)
{
	char name[PARSE_IFNAMSIZ], path[CONF_PATHLEN];
	struct parse_err why;
	struct answers a;
	size_t i;
	int ret = answers_get(&a, M46_CMD_DEV_GET, NULL);

	if (!ret)
		ret = answers_check(&a);
	for (i = 0; !ret && i < a.n; i++) {
		if (answer_ifname(a.hdrs[i], name))
			continue;
		if (conf_path_of_name(dir, name, path, &why))
			ret = err_refused("%s", why.text);
		else
			ret = save_device(path, name);
	}
	answers_free(&a);

	return ret;
}

static int run_save(int argc, char **argv)
{
	struct target t;
	const struct value *dir = &t.values[CONF_WORD_DIR];
	int ret = find_target(&t, &file_words, argc, argv);

	if (ret)
		return ret;
	if (t.given)
		return save_device(t.path, t.name);

	return save_all(dir->set ? dir->text : CONF_DIR);
}

/* Up, or in step with its file. */
static int restore_device(struct target *t)
{
	struct link link;
	int ret = conf_lock(t->name);

	if (!ret)
		ret = link_get(0, t->name, &link) ?
		      up_file(t->path, t->name, false) : sync_target(t);
	conf_unlock();

	return ret;
}

static int is_conf(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && is_file(entry->d_name);
}

/* One that cannot be restored does not keep the others from it. */
static int restore_all(const char *dir)
{
	struct dirent **list;
	char path[CONF_PATHLEN];
	struct parse_err why;
	struct target t;
	int i, n, ret = EXIT_OK;

	n = scandir(dir, &list, is_conf, alphasort);
	if (n < 0)
		return err_refused("%s: %s", dir, strerror(errno));
	for (i = 0; i < n; i++) {
		memset(&t, 0, sizeof(t));
		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (conf_path_of_file(path, t.path, t.name, &why))
			ret = err_refused("%s", why.text);
		else if (restore_device(&t))
			ret = EXIT_REFUSED;
		free(list[i]);
	}
	free(list);

	return ret;
}

static int run_restore(int argc, char **argv)
{
	struct target t;
	const struct value *dir = &t.values[CONF_WORD_DIR];
	int ret = find_target(&t, &file_words, argc, argv);

	if (ret)
		return ret;
	if (t.given)
		return restore_device(&t);

	return restore_all(dir->set ? dir->text : CONF_DIR);
}

static int show_config(int argc, char **argv)
{
	struct conf *running = new_conf();
	struct target t;
	int ret = need_target(&t, &name_words, argc, argv);

	if (!ret)
		ret = conf_read_kernel(t.name, running);
	if (!ret && out_is_json())
		conf_print_json(running);
	else if (!ret)
		conf_print(stdout, running);
	del_conf(running);

	return ret;
}

static const struct command up_commands[] = {
	{ NULL, run_up, "NAME|FILE|- [ --dry-run ] [ dir PATH ]" }
};

static const struct command down_commands[] = {
	{ NULL, run_down, "NAME|FILE|- [ dir PATH ]" }
};

static const struct command sync_commands[] = {
	{ NULL, run_sync,
	  "NAME|FILE|- [ --dry-run ] [ --diff ] [ --confirm TIME ] [ dir PATH ]" }
};

static const struct command confirm_commands[] = {
	{ NULL, run_confirm, "NAME" }
};

static const struct command save_commands[] = {
	{ NULL, run_save, "[ NAME|FILE|- ] [ dir PATH ]" }
};

static const struct command restore_commands[] = {
	{ NULL, run_restore, "[ NAME|FILE|- ] [ dir PATH ]" }
};

static const struct command show_commands[] = {
	{ "config", show_config, "NAME" },
	{ NULL, NULL, NULL }
};

const struct object up_object = {
	"up", up_commands, &up_words, "make a device by its file"
};

const struct object down_object = {
	"down", down_commands, &file_words, "remove it"
};

const struct object sync_object = {
	"sync", sync_commands, &sync_words,
	"change a running device to what its file says"
};

const struct object confirm_object = {
	"confirm", confirm_commands, &name_words,
	"what sync --confirm has done is to stay"
};

const struct object save_object = {
	"save", save_commands, &file_words, "write devices to their files"
};

const struct object restore_object = {
	"restore", restore_commands, &file_words,
	"devices of all files: up, or sync"
};

const struct object show_object = {
	"show", show_commands, &name_words,
	"a file that makes a running device again"
};
