// SPDX-License-Identifier: GPL-2.0
/*
 * A disk that can lose its power: SQLite's files, with a log of every write and
 * every sync in the file that DISK_LOG in the environment names. test_power.c
 * makes of it what would be on the disk had the power failed at any moment.
 * Linked into the m46ctl of the tests; without DISK_LOG it does nothing.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mock_disk.h"
#include "when.h"

struct file {
	sqlite3_file base;
	int which;
	sqlite3_file *real;
};

static sqlite3_vfs vfs;
static sqlite3_vfs *real_vfs;
static sqlite3_io_methods methods;
static int log_fd = -1;

/* Killed at any moment, the log ends behind a whole record or inside of one. */
static void record(int op, int which, int64_t offset, const void *data,
		   int size)
{
	struct disk_record r = {
		.time = when_now(), .offset = offset, .size = (uint32_t)size,
		.op = (uint16_t)op, .file = (uint16_t)which
	};
	const struct iovec parts[] = {
		{ &r, sizeof(r) }, { (void *)data, (size_t)size }
	};

	if (which < DISK_FILES && writev(log_fd, parts, 2) < 0)
		abort();
}

static sqlite3_file *real(sqlite3_file *file)
{
	return ((struct file *)file)->real;
}

static int which(sqlite3_file *file)
{
	return ((struct file *)file)->which;
}

static int do_close(sqlite3_file *file)
{
	int ret = real(file)->pMethods->xClose(real(file));

	free(real(file));

	return ret;
}

static int do_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at)
{
	return real(file)->pMethods->xRead(real(file), data, size, at);
}

static int do_write(sqlite3_file *file, const void *data, int size,
		    sqlite3_int64 at)
{
	int ret = real(file)->pMethods->xWrite(real(file), data, size, at);

	if (!ret)
		record(DISK_WRITE, which(file), at, data, size);

	return ret;
}

static int do_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int ret = real(file)->pMethods->xTruncate(real(file), size);

	if (!ret)
		record(DISK_TRUNCATE, which(file), size, NULL, 0);

	return ret;
}

static int do_sync(sqlite3_file *file, int flags)
{
	int ret = real(file)->pMethods->xSync(real(file), flags);

	if (!ret)
		record(DISK_SYNC, which(file), 0, NULL, 0);

	return ret;
}

static int do_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real(file)->pMethods->xFileSize(real(file), size);
}

static int do_lock(sqlite3_file *file, int lock)
{
	return real(file)->pMethods->xLock(real(file), lock);
}

static int do_unlock(sqlite3_file *file, int lock)
{
	return real(file)->pMethods->xUnlock(real(file), lock);
}

static int do_check(sqlite3_file *file, int *out)
{
	return real(file)->pMethods->xCheckReservedLock(real(file), out);
}

static int do_control(sqlite3_file *file, int op, void *arg)
{
	return real(file)->pMethods->xFileControl(real(file), op, arg);
}

static int do_sector(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

/* It promises nothing: neither whole sectors nor their order. */
static int do_traits(sqlite3_file *file)
{
	(void)file;

	return 0;
}

static int do_shm_map(sqlite3_file *file, int page, int size, int extend,
		      void volatile **out)
{
	return real(file)->pMethods->xShmMap(real(file), page, size, extend,
					     out);
}

static int do_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
	return real(file)->pMethods->xShmLock(real(file), at, n, flags);
}

static void do_shm_barrier(sqlite3_file *file)
{
	real(file)->pMethods->xShmBarrier(real(file));
}

static int do_shm_unmap(sqlite3_file *file, int del)
{
	return real(file)->pMethods->xShmUnmap(real(file), del);
}

static sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = do_close, .xRead = do_read,
	.xWrite = do_write, .xTruncate = do_truncate, .xSync = do_sync,
	.xFileSize = do_size, .xLock = do_lock, .xUnlock = do_unlock,
	.xCheckReservedLock = do_check, .xFileControl = do_control,
	.xSectorSize = do_sector, .xDeviceCharacteristics = do_traits,
	.xShmMap = do_shm_map, .xShmLock = do_shm_lock,
	.xShmBarrier = do_shm_barrier, .xShmUnmap = do_shm_unmap,
};

static int ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

static int do_open(sqlite3_vfs *v, const char *name, sqlite3_file *file,
		   int flags, int *out)
{
	struct file *f = (struct file *)file;
	int ret;

	(void)v;
	f->real = calloc(1, (size_t)real_vfs->szOsFile);
	f->which = DISK_FILES;
	if (flags & SQLITE_OPEN_MAIN_DB)
		f->which = DISK_DB;
	else if (flags & SQLITE_OPEN_WAL)
		f->which = DISK_WAL;
	else if (flags & SQLITE_OPEN_MAIN_JOURNAL)
		f->which = DISK_JOURNAL;
	ret = real_vfs->xOpen(real_vfs, name, f->real, flags, out);
	f->base.pMethods = f->real->pMethods ? &methods : NULL;
	if (!f->base.pMethods)
		free(f->real);

	return ret;
}

static int do_delete(sqlite3_vfs *v, const char *name, int sync)
{
	int ret = real_vfs->xDelete(real_vfs, name, sync);

	(void)v;
	if (!ret)
		record(DISK_DELETE, ends(name, "-journal") ? DISK_JOURNAL :
		       ends(name, "-wal") ? DISK_WAL : DISK_DB, 0, NULL, 0);

	return ret;
}

__attribute__((constructor)) static void plug_in(void)
{
	const char *path = getenv("DISK_LOG");

	if (!path)
		return;
	log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	sqlite3_initialize();
	real_vfs = sqlite3_vfs_find(NULL);
	vfs = *real_vfs;
	vfs.szOsFile = sizeof(struct file);
	vfs.zName = "mock";
	vfs.xOpen = do_open;
	vfs.xDelete = do_delete;
	sqlite3_vfs_register(&vfs, 1);
}
