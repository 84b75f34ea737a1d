/* Lets the writes and syncs of a replica fail on purpose, from the n-th on; preloaded into a desk's process. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
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

static int is_of_a_replica(int file)
{
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    return strstr(path, "/book-") != NULL;
}

static int fails(int file, int is_sync)
{
    if (left_failing <= 0 || is_sync != syncs_fail || !is_of_a_replica(file))
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

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    return fails(file, 0) ? -1 : REAL(pwrite)(file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at)
{
    return fails(file, 0) ? -1 : REAL(pwrite64)(file, data, size, at);
}

int fsync(int file)
{
    return fails(file, 1) ? -1 : REAL(fsync)(file);
}

int fdatasync(int file)
{
    return fails(file, 1) ? -1 : REAL(fdatasync)(file);
}
