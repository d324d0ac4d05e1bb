// SPDX-License-Identifier: GPL-2.0
/*
 * The wait for somebody who says that a change has not cut them off.
 *
 * The link that a terminal hangs on may be the one that was changed, so losing
 * the terminal is no answer: one can come back over the new way and confirm.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "conf_path.h"
#include "conf_plan.h"
#include "conf_run.h"
#include "err.h"

static int listen_fd = -1, signal_fd = -1;
static struct sockaddr_un address;

static int set_address(const char *name)
{
	char path[CONF_PATHLEN];

	conf_run_path(name, "confirm", path);
	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);

	return 0;
}

/* A terminal that goes must not take us along. */
static int catch_signals(void)
{
	sigset_t set;

	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

	return signal_fd < 0 ? -1 : 0;
}

int conf_confirm_begin(const char *name)
{
	mode_t mask = umask(0077);
	int ret = -1;

	mkdir(CONF_RUN_DIR, 0755);
	listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   0);
	/* What is there is left by one who was killed: we have the lock. */
	if (listen_fd >= 0 && !set_address(name) &&
	    (!unlink(address.sun_path) || errno == ENOENT))
		ret = bind(listen_fd, (struct sockaddr *)&address,
			   sizeof(address)) || listen(listen_fd, 4) ||
		      catch_signals() ? -1 : 0;
	umask(mask);
	if (ret)
		return err_refused("%s: cannot wait for a confirmation: %s: %s",
				   name, address.sun_path, strerror(errno));

	return EXIT_OK;
}

int64_t conf_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);

	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* The directory lets nobody else in, but make sure. */
static bool accept_confirm(void)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) &&
	     (peer.uid == 0 || peer.uid == geteuid());
	if (ok && write(fd, "", 1) != 1)
		ok = false;
	close(fd);

	return ok;
}

/* Return: 1 for Enter, 0 for nothing, -1 where the terminal is gone. */
static int read_enter(void)
{
	char buf[64];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;

	return memchr(buf, '\n', (size_t)n) ? 1 : 0;
}

/* Only if it is ours to read: in the background it would stop us. */
static bool has_terminal(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

enum conf_answer conf_confirm_wait(const char *name, uint32_t seconds)
{
	struct pollfd fds[3] = {
		{ .fd = listen_fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = has_terminal() ? STDIN_FILENO : -1, .events = POLLIN },
	};
	int64_t end = conf_now_ms() + seconds * 1000LL, left;
	int enter;

	err_note("%s: changed; undone in %u s but for %sm46ctl confirm %s", name,
		 seconds, fds[2].fd >= 0 ? "Enter or " : "", name);
	while ((left = end - conf_now_ms()) > 0) {
		if (poll(fds, 3, left > 1000 ? 1000 : (int)left) <= 0)
			continue;
		if (fds[0].revents && accept_confirm())
			return CONF_CONFIRMED;
		if (fds[1].revents)
			return CONF_STOPPED;
		enter = fds[2].revents ? read_enter() : 0;
		if (enter > 0)
			return CONF_CONFIRMED;
		if (enter < 0)
			fds[2].fd = -1;
	}

	return CONF_LATE;
}

void conf_confirm_end(void)
{
	if (listen_fd >= 0) {
		unlink(address.sun_path);
		close(listen_fd);
	}
	if (signal_fd >= 0)
		close(signal_fd);
	listen_fd = -1;
	signal_fd = -1;
}

void conf_undone(const struct conf_plan *plan, int ret)
{
	if (ret)
		err_note("%s: not all could be undone", plan->to->name);
	else
		err_note("%s: is as it was; %s is not", plan->to->name,
			 plan->to->path);
}

int conf_confirm(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte;
	int ret;

	if (fd < 0 || set_address(name))
		return err_refused("%s: %s", name, strerror(errno));
	ret = connect(fd, (struct sockaddr *)&address, sizeof(address));
	if (!ret && read(fd, &byte, 1) == 1) {
		close(fd);
		return EXIT_OK;
	}
	if (ret && (errno == ENOENT || errno == ECONNREFUSED))
		ret = err_refused("%s: nothing waits to be confirmed", name);
	else if (ret)
		ret = err_refused("%s: %s", name, strerror(errno));
	else
		ret = err_refused("%s: too late, or not allowed", name);
	close(fd);

	return ret;
}
