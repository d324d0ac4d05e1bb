// SPDX-License-Identifier: GPL-2.0
/*
 * What surrounds a change of configuration: commands of the file, and the lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf_path.h"
#include "conf_run.h"
#include "err.h"

static int lock_fd = -1;

/* The command with the device's name for each %i. */
static char *expand(const char *command, const char *name)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	for (; *command; command++) {
		if (command[0] == '%' && command[1] == 'i') {
			fputs(name, f);
			command++;
		} else {
			fputc(*command, f);
		}
	}
	if (fclose(f))
		abort();

	return text;
}

static int run_shell(const char *command)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}

	return pid < 0 || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}

int conf_run_commands(const struct conf *conf, enum conf_hook hook)
{
	const struct conf_command *c = conf->commands.things;
	char *text, key[CONF_KEYLEN];
	int status;
	size_t i;

	for (i = 0; i < conf->commands.n; i++, c++) {
		if (c->hook != hook)
			continue;
		text = expand(c->text, conf->name);
		status = run_shell(text);
		free(text);
		if (!status)
			continue;
		conf_key(conf_hook_words[hook], key);
		return err_refused("%s:%u: %s: exit status %d", conf->path,
				   c->line, key, status);
	}

	return EXIT_OK;
}

int conf_lock(const char *name)
{
	char path[CONF_PATHLEN];

	if (mkdir(CONF_RUN_DIR, 0755) && errno != EEXIST)
		return EXIT_OK;	/* nor will the kernel let us do anything */
	conf_run_path(name, "lock", path);
	lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock_fd < 0 || !flock(lock_fd, LOCK_EX | LOCK_NB))
		return EXIT_OK;

	return err_refused("%s: another m46ctl is changing it, or waits for its confirmation",
			   name);
}

void conf_unlock(void)
{
	if (lock_fd >= 0)
		close(lock_fd);
	lock_fd = -1;
}
