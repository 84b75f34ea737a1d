/* Lets the writes and syncs of a replica fail on purpose, from the n-th on; preloaded into a desk's process.

   Preloaded into PostgreSQL it lets no table grow while there is a file at FAILING_DISK_SWITCH, which holds the errno. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int syncs_fail, left_before, left_failing, reason;

/* Let `times` calls fail with `error` after the next `after` ones: of fsync and fdatasync, or of every write. */
void failing_disk_arm(int syncs, int after, int times, int error)
{
    syncs_fail = syncs;
    left_before = after;
    reason = error;
    left_failing = times;
}

static int is_in(int file, const char *part)
{
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    return strstr(path, part) != NULL;
}

/* The errno with which a table may not grow to an end that lies beyond its file's; 0 where it may. */
static int full(int file, off_t end)
{
    const char *path = getenv("FAILING_DISK_SWITCH");
    struct stat there;
    char said[16] = "";
    int at = path ? open(path, O_RDONLY) : -1;
    if (at < 0)
        return 0;
    ssize_t size = read(at, said, sizeof said - 1);
    close(at);
    return size > 0 && is_in(file, "/base/") && fstat(file, &there) == 0 && end > there.st_size ? atoi(said) : 0;
}

static int fails(int file, int is_sync)
{
    if (left_failing <= 0 || is_sync != syncs_fail || !is_in(file, "/book-"))
        return 0;
    if (left_before > 0) {
        left_before--;
        return 0;
    }
    left_failing--;
    errno = reason;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t size)
{
    return fails(file, 0) ? -1 : REAL(write)(file, data, size);
}

static int grows(int file, off_t end)
{
    int error = full(file, end);
    if (error)
        errno = error;
    return error;
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    return fails(file, 0) || grows(file, at + size) ? -1 : REAL(pwrite)(file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at)
{
    return fails(file, 0) || grows(file, at + size) ? -1 : REAL(pwrite64)(file, data, size, at);
}

ssize_t pwritev(int file, const struct iovec *data, int count, off_t at)
{
    return grows(file, at + 1) ? -1 : REAL(pwritev)(file, data, count, at);
}

ssize_t pwritev64(int file, const struct iovec *data, int count, off64_t at)
{
    return grows(file, at + 1) ? -1 : REAL(pwritev64)(file, data, count, at);
}

int posix_fallocate(int file, off_t at, off_t size)
{
    int error = full(file, at + size);
    return error ? error : REAL(posix_fallocate)(file, at, size);
}

int posix_fallocate64(int file, off64_t at, off64_t size)
{
    int error = full(file, at + size);
    return error ? error : REAL(posix_fallocate64)(file, at, size);
}

int fsync(int file)
{
    return fails(file, 1) ? -1 : REAL(fsync)(file);
}

int fdatasync(int file)
{
    return fails(file, 1) ? -1 : REAL(fdatasync)(file);
}
