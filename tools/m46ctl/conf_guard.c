// SPDX-License-Identifier: GPL-2.0
/*
 * The other process of sync --confirm: who would undo the change where the first
 * one is killed (SIGKILL, out of memory)? It sleeps at the end of a pipe, and acts
 * when that is closed without a word.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf_plan.h"
#include "conf_run.h"
#include "err.h"
#include "nl.h"

/* what the first one says */
#define DONE	'd'	/* all is changed: somebody can confirm it */
#define OVER	'o'	/* and it was confirmed or undone */

static int pipe_fd = -1;
static pid_t guard;

/* Return: what it has said last, 0 if nothing. */
static char hear(int fd)
{
	char last = 0, c;
	ssize_t n;

	while (last != OVER) {
		n = read(fd, &c, 1);
		if (n == 1)
			last = c;
		else if (!n || errno != EINTR)
			break;
	}

	return last;
}

/*
 * How far it had come is not known: so it is not undone step by step, the device
 * is made what it was, whatever it is now.
 */
static int make_as_before(const struct conf *from)
{
	struct conf *now = calloc(1, sizeof(*now));
	struct conf_plan plan;
	int ret;

	if (!now)
		abort();
	ret = conf_read_kernel(from->name, now);
	if (!ret) {
		ret = conf_plan_make(&plan, now, from);
		if (!ret)
			ret = conf_plan_apply(&plan);
		conf_plan_free(&plan);
	}
	conf_free(now);
	free(now);

	return ret;
}

static _Noreturn void stand_guard(int fd, const struct conf_plan *plan,
				  int64_t end)
{
	const char *name = plan->to->name;
	int64_t left;
	char last;

	/* What kills the first one's group is not to reach this one. */
	setsid();
	last = hear(fd);
	if (last == OVER)
		_exit(EXIT_OK);
	/* The sockets are the other one's, and answers may wait in them. */
	kn_close();
	err_note("%s: the m46ctl that changed it was killed", name);
	left = (end - conf_now_ms()) / 1000;
	if (last != DONE || left <= 0 ||
	    conf_confirm_wait(name, (uint32_t)left) != CONF_CONFIRMED)
		conf_undone(plan, make_as_before(plan->from));
	conf_confirm_end();
	_exit(EXIT_OK);
}

int conf_guard_begin(const struct conf_plan *plan, uint32_t seconds)
{
	int fds[2];

	if (pipe(fds))
		return err_refused("%s: %s", plan->to->name, strerror(errno));
	guard = fork();
	if (!guard) {
		close(fds[1]);
		stand_guard(fds[0], plan,
			    conf_now_ms() + seconds * 1000LL);
	}
	close(fds[0]);
	if (guard < 0) {
		close(fds[1]);
		return err_refused("%s: %s", plan->to->name, strerror(errno));
	}
	pipe_fd = fds[1];

	return EXIT_OK;
}

/* A guard that was killed itself is no reason to stop: SIGPIPE is ignored. */
static void say(char c)
{
	if (pipe_fd >= 0 && write(pipe_fd, &c, 1) != 1)
		err_note("nobody undoes it if this m46ctl is killed");
}

void conf_guard_done(void)
{
	say(DONE);
}

void conf_guard_end(void)
{
	if (pipe_fd < 0)
		return;
	say(OVER);
	close(pipe_fd);
	pipe_fd = -1;
	while (waitpid(guard, NULL, 0) < 0 && errno == EINTR)
		;
}
