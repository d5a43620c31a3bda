/*
 * A disk that forgets what was not forced, beneath a process that knows nothing of it.
 *
 * Preloaded into a process (LD_PRELOAD), this library watches one folder and writes down, in a shadow folder beside it,
 * what a disk would still hold after a power cut:
 *
 *   shadow/obj/N   the content of file number N as it was last forced (fsync, fdatasync, or msync of a mapped range)
 *   shadow/ops     one line for each change of a name and each force, in the order in which they took place:
 *                    M path        a folder was made            D path        a folder was removed
 *                    C N path      file N was created           U path        a name was removed
 *                    R from\tto    a name was moved             L from\tto    a name was added to a file
 *                    T N length    file N was made so long (shorter or longer, by ftruncate or by opening it anew)
 *                    F N           file N was forced            G path        a folder was forced
 *                    B             what was there at the start ends here; it counts as forced
 *
 * What of it survives is decided by whoever reads this afterwards. Paths are relative to the watched folder.
 *
 * It also makes calls fail. POWERCUT_CONTROL names a file of 64 bytes that is shared with the test, ints in it:
 *   [0] the force that fails, counted down: 1 is the next one, 0 none; all after it fail as well if [4] is set
 *   [1] the errno of that failure
 *   [2] the errno with which opening for creation, making longer and fallocate fail; 0: they do not
 *   [3] counts the forces
 *   [4] whether forces go on to fail
 *   [5] only forces of names that end in ".log" count for [0] if set
 *
 * Calls are made by syscall(2), so that nothing has to be looked up before the C library is ready.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_FILES 65536
#define MAX_MAPS 4096

static char root[PATH_MAX];
static size_t root_length;
static char shadow[PATH_MAX];
static dev_t root_device;
static int active;
static int ops_fd = -1;
static volatile int *control;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct { ino_t inode; int number; } files[MAX_FILES];
static int file_count;
static int last_number;

static struct { char *address; size_t length; off_t offset; int fd; int number; } maps[MAX_MAPS];

static void die(const char *what) {
    /* A shadow that lies is worse than none. */
    dprintf(2, "powercut: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static void note(const char *format, ...) {
    char line[2 * PATH_MAX + 32];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (syscall(SYS_write, ops_fd, line, (size_t) length) != length) {
        die("ops");
    }
}

/* The path within the watched folder, or NULL. */
static const char *inside(const char *absolute) {
    if (strncmp(absolute, root, root_length) != 0) {
        return NULL;
    }
    if (absolute[root_length] == 0) {
        return ".";
    }
    return absolute[root_length] == '/' ? absolute + root_length + 1 : NULL;
}

/* The absolute path of a name whose folder exists. */
static const char *absolute_name(const char *path, char *out) {
    char copy[PATH_MAX];
    char folder[PATH_MAX];
    if (strlen(path) >= sizeof copy) {
        return NULL;
    }
    strcpy(copy, path);
    size_t length = strlen(copy);
    while (length > 1 && copy[length - 1] == '/') {
        copy[--length] = 0;
    }
    char *slash = strrchr(copy, '/');
    const char *name = slash ? slash + 1 : copy;
    const char *parent = !slash ? "." : slash == copy ? "/" : copy;
    char kept[PATH_MAX];
    strcpy(kept, name);
    if (slash) {
        *slash = 0;
    }
    if (!realpath(parent, folder) || strlen(folder) + strlen(kept) + 2 > PATH_MAX) {
        return NULL;
    }
    sprintf(out, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, kept);
    return out;
}

static const char *inside_name(const char *path, char *buffer) {
    int saved = errno;
    const char *absolute = absolute_name(path, buffer);
    errno = saved;
    return absolute ? inside(absolute) : NULL;
}

static int number_of(ino_t inode) {
    for (int i = file_count - 1; i >= 0; i--) {
        if (files[i].inode == inode) {
            return files[i].number;
        }
    }
    return 0;
}

static int number_of_fd(int fd, struct stat *status) {
    if (fstat(fd, status) != 0 || status->st_dev != root_device || !S_ISREG(status->st_mode)) {
        return 0;
    }
    return number_of(status->st_ino);
}

static int register_file(ino_t inode) {
    for (int i = 0; i < file_count; i++) {
        if (files[i].inode == inode) {
            /* The number of an inode comes back; this is another file. */
            files[i].number = ++last_number;
            return last_number;
        }
    }
    if (file_count == MAX_FILES) {
        errno = ENFILE;
        die("too many files");
    }
    files[file_count].inode = inode;
    files[file_count++].number = ++last_number;
    return last_number;
}

static int open_object(int number) {
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/obj/%d", shadow, number);
    int object = (int) syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (object < 0) {
        die(path);
    }
    return object;
}

static void copy_file(int from, int number) {
    static char buffer[1 << 20];
    int object = open_object(number);
    off_t position = 0;
    ssize_t count;
    while ((count = pread(from, buffer, sizeof buffer, position)) > 0) {
        if (pwrite(object, buffer, (size_t) count, position) != count) {
            die("copy");
        }
        position += count;
    }
    if (count < 0 || syscall(SYS_ftruncate, object, position) != 0) {
        die("copy");
    }
    syscall(SYS_close, object);
}

static int reopen(int fd) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return (int) syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
}

/* Whether the name behind a descriptor ends so. */
static int named(int fd, const char *end) {
    char link[64];
    char path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) {
        return 0;
    }
    path[length] = 0;
    return (size_t) length >= strlen(end) && strcmp(path + length - strlen(end), end) == 0;
}

/* Called with the lock; whether this force is one that is to fail, with errno set. */
static int force_fails(int fd) {
    if (!control) {
        return 0;
    }
    control[3]++;
    if (control[0] <= 0 || (control[5] && !named(fd, ".log"))) {
        return 0;
    }
    if (control[0] > 1) {
        control[0]--;
        return 0;
    }
    if (!control[4]) {
        control[0] = 0;
    }
    errno = control[1];
    return 1;
}

static int no_room(void) {
    if (control && control[2]) {
        errno = control[2];
        return 1;
    }
    return 0;
}

static int walk(const char *path, const struct stat *status, int type, struct FTW *ftw) {
    (void) ftw;
    const char *name = inside(path);
    if (!name || strcmp(name, ".") == 0) {
        return 0;
    }
    if (type == FTW_D) {
        note("M %s\n", name);
    } else if (type == FTW_F) {
        int number = register_file(status->st_ino);
        int fd = (int) syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (fd < 0) {
            die(path);
        }
        copy_file(fd, number);
        syscall(SYS_close, fd);
        note("C %d %s\nF %d\n", number, name, number);
    }
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *watched = getenv("POWERCUT_ROOT");
    const char *beside = getenv("POWERCUT_SHADOW");
    const char *shared = getenv("POWERCUT_CONTROL");
    if (!watched || !beside || !realpath(watched, root) || !realpath(beside, shadow)) {
        return;
    }
    root_length = strlen(root);
    char path[PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/ops", shadow);
    ops_fd = (int) syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (ops_fd < 0) {
        /* Another process has it: one that this one was started by. */
        return;
    }
    snprintf(path, sizeof path, "%s/obj", shadow);
    syscall(SYS_mkdirat, AT_FDCWD, path, 0700);
    struct stat status;
    if (stat(root, &status) != 0) {
        die(root);
    }
    root_device = status.st_dev;
    if (shared) {
        int fd = (int) syscall(SYS_openat, AT_FDCWD, shared, O_RDWR | O_CLOEXEC, 0);
        void *page = fd < 0 ? MAP_FAILED
                            : (void *) syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (page == MAP_FAILED) {
            die(shared);
        }
        control = page;
    }
    nftw(root, walk, 16, FTW_PHYS);
    note("B\n");
    active = 1;
}

/* ---- names ---- */

static int do_open(int folder, const char *path, int flags, mode_t mode) {
    char buffer[PATH_MAX];
    int creates = (flags & O_CREAT) && active && (folder == AT_FDCWD || path[0] == '/');
    const char *name = creates ? inside_name(path, buffer) : NULL;
    if (!name) {
        return (int) syscall(SYS_openat, folder, path, flags, mode);
    }
    pthread_mutex_lock(&lock);
    struct stat status;
    int saved = errno;
    int existed = fstatat(AT_FDCWD, path, &status, 0) == 0;
    errno = saved;
    int fd = -1;
    if (existed || !no_room()) {
        fd = (int) syscall(SYS_openat, folder, path, flags, mode);
    }
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        if (!existed) {
            note("C %d %s\n", register_file(status.st_ino), name);
        } else if (flags & O_TRUNC) {
            note("T %d 0\n", number_of(status.st_ino));
        }
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE_ARGUMENT(flags, mode)                            \
    mode_t mode = 0;                                          \
    if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list arguments;                                    \
        va_start(arguments, flags);                           \
        mode = va_arg(arguments, mode_t);                     \
        va_end(arguments);                                    \
    }

int open(const char *path, int flags, ...) {
    MODE_ARGUMENT(flags, mode)
    return do_open(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE_ARGUMENT(flags, mode)
    return do_open(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    MODE_ARGUMENT(flags, mode)
    return do_open(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) {
    MODE_ARGUMENT(flags, mode)
    return do_open(folder, path, flags, mode);
}

int creat(const char *path, mode_t mode) {
    return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode) {
    return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

static FILE *do_fopen(const char *symbol, const char *path, const char *mode) {
    FILE *(*real)(const char *, const char *) = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, symbol);
    char buffer[PATH_MAX];
    const char *name = active && mode[0] != 'r' ? inside_name(path, buffer) : NULL;
    if (!name) {
        return real(path, mode);
    }
    pthread_mutex_lock(&lock);
    struct stat status;
    int saved = errno;
    int existed = stat(path, &status) == 0;
    errno = saved;
    FILE *file = NULL;
    if (existed || !no_room()) {
        file = real(path, mode);
    }
    if (file && fstat(fileno(file), &status) == 0) {
        if (!existed) {
            note("C %d %s\n", register_file(status.st_ino), name);
        } else if (mode[0] == 'w') {
            note("T %d 0\n", number_of(status.st_ino));
        }
    }
    pthread_mutex_unlock(&lock);
    return file;
}

FILE *fopen(const char *path, const char *mode) {
    return do_fopen("fopen", path, mode);
}

FILE *fopen64(const char *path, const char *mode) {
    return do_fopen("fopen64", path, mode);
}

static int do_rename(const char *from, const char *to) {
    char first[PATH_MAX];
    char second[PATH_MAX];
    const char *old_name = active ? inside_name(from, first) : NULL;
    const char *new_name = active ? inside_name(to, second) : NULL;
    if (!old_name || !new_name) {
        return (int) syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    }
    pthread_mutex_lock(&lock);
    int result = (int) syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0) {
        note("R %s\t%s\n", old_name, new_name);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int rename(const char *from, const char *to) {
    return do_rename(from, to);
}

int link(const char *from, const char *to) {
    char first[PATH_MAX];
    char second[PATH_MAX];
    const char *old_name = active ? inside_name(from, first) : NULL;
    const char *new_name = active ? inside_name(to, second) : NULL;
    if (!old_name || !new_name) {
        return (int) syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    }
    pthread_mutex_lock(&lock);
    int result = (int) syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0) {
        note("L %s\t%s\n", old_name, new_name);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static int do_unlink(const char *path, int flags) {
    char buffer[PATH_MAX];
    const char *name = active ? inside_name(path, buffer) : NULL;
    if (!name) {
        return (int) syscall(SYS_unlinkat, AT_FDCWD, path, flags);
    }
    pthread_mutex_lock(&lock);
    int result = (int) syscall(SYS_unlinkat, AT_FDCWD, path, flags);
    if (result == 0) {
        note("%c %s\n", flags ? 'D' : 'U', name);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int unlink(const char *path) {
    return do_unlink(path, 0);
}

int rmdir(const char *path) {
    return do_unlink(path, AT_REMOVEDIR);
}

int remove(const char *path) {
    struct stat status;
    return do_unlink(path, lstat(path, &status) == 0 && S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
}

int mkdir(const char *path, mode_t mode) {
    char buffer[PATH_MAX];
    const char *name = active ? inside_name(path, buffer) : NULL;
    if (!name) {
        return (int) syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    }
    pthread_mutex_lock(&lock);
    int result = -1;
    if (!no_room()) {
        result = (int) syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    }
    if (result == 0) {
        note("M %s\n", name);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

/* ---- lengths ---- */

static int do_ftruncate(int fd, off_t length) {
    struct stat status;
    int saved = errno;
    int number = active ? number_of_fd(fd, &status) : 0;
    errno = saved;
    if (!number) {
        return (int) syscall(SYS_ftruncate, fd, length);
    }
    if (length > status.st_size && no_room()) {
        return -1;
    }
    pthread_mutex_lock(&lock);
    int result = (int) syscall(SYS_ftruncate, fd, length);
    if (result == 0) {
        note("T %d %lld\n", number, (long long) length);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int ftruncate(int fd, off_t length) {
    return do_ftruncate(fd, length);
}

int ftruncate64(int fd, off_t length) {
    return do_ftruncate(fd, length);
}

static int do_fallocate(int fd, int mode, off_t from, off_t length) {
    struct stat status;
    if (active && control && control[2] && number_of_fd(fd, &status)) {
        errno = control[2];
        return -1;
    }
    return (int) syscall(SYS_fallocate, fd, mode, from, length);
}

int fallocate(int fd, int mode, off_t from, off_t length) {
    return do_fallocate(fd, mode, from, length);
}

int fallocate64(int fd, int mode, off_t from, off_t length) {
    return do_fallocate(fd, mode, from, length);
}

/* ---- mapped memory ---- */

static void *do_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    void *result = (void *) syscall(SYS_mmap, address, length, protection, flags, fd, offset);
    struct stat status;
    if (!active || result == MAP_FAILED || fd < 0 || !(flags & MAP_SHARED) || !(protection & PROT_WRITE)) {
        return result;
    }
    pthread_mutex_lock(&lock);
    int saved = errno;
    int number = number_of_fd(fd, &status);
    errno = saved;
    if (number) {
        int i = 0;
        while (i < MAX_MAPS && maps[i].address) {
            i++;
        }
        if (i == MAX_MAPS) {
            errno = ENOMEM;
            die("too many maps");
        }
        maps[i].length = length;
        maps[i].offset = offset;
        maps[i].fd = fd;
        maps[i].number = number;
        maps[i].address = result;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    return do_mmap(address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    return do_mmap(address, length, protection, flags, fd, offset);
}

int munmap(void *address, size_t length) {
    if (active) {
        pthread_mutex_lock(&lock);
        for (int i = 0; i < MAX_MAPS; i++) {
            if (maps[i].address == (char *) address) {
                maps[i].address = NULL;
            }
        }
        pthread_mutex_unlock(&lock);
    }
    return (int) syscall(SYS_munmap, address, length);
}

/* ---- forces ---- */

int msync(void *address, size_t length, int flags) {
    if (!active || !(flags & MS_SYNC)) {
        return (int) syscall(SYS_msync, address, length, flags);
    }
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_MAPS; i++) {
        char *start = maps[i].address;
        if (!start || (char *) address < start || (char *) address >= start + maps[i].length) {
            continue;
        }
        if (force_fails(maps[i].fd)) {
            pthread_mutex_unlock(&lock);
            return -1;
        }
        struct stat status;
        if (fstat(maps[i].fd, &status) != 0) {
            die("the descriptor of mapped memory");
        }
        off_t from = maps[i].offset + ((char *) address - start);
        /* The kernel forces whole pages. */
        size_t count = (length + 4095) & ~(size_t) 4095;
        if (from + (off_t) count > status.st_size) {
            count = status.st_size > from ? (size_t) (status.st_size - from) : 0;
        }
        int object = open_object(maps[i].number);
        if (pwrite(object, address, count, from) != (ssize_t) count
                || syscall(SYS_ftruncate, object, status.st_size) != 0) {
            die("copy of mapped memory");
        }
        syscall(SYS_close, object);
        note("F %d\n", maps[i].number);
        break;
    }
    pthread_mutex_unlock(&lock);
    return (int) syscall(SYS_msync, address, length, flags);
}

/* Whether the force goes on. */
static int forced(int fd) {
    struct stat status;
    int saved = errno;
    if (fstat(fd, &status) != 0 || status.st_dev != root_device) {
        errno = saved;
        return 1;
    }
    pthread_mutex_lock(&lock);
    if (S_ISDIR(status.st_mode)) {
        char link[64];
        char path[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length < 0 ? 0 : length] = 0;
        const char *name = inside(path);
        if (name) {
            if (force_fails(fd)) {
                pthread_mutex_unlock(&lock);
                return 0;
            }
            note("G %s\n", name);
        }
    } else {
        int number = number_of(status.st_ino);
        if (number) {
            if (force_fails(fd)) {
                pthread_mutex_unlock(&lock);
                return 0;
            }
            /* The content as it is now: what is written while the disk works is not promised. */
            int from = reopen(fd);
            if (from < 0) {
                die("a file that is forced");
            }
            copy_file(from, number);
            syscall(SYS_close, from);
            note("F %d\n", number);
        }
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
    return 1;
}

int fsync(int fd) {
    if (active && !forced(fd)) {
        return -1;
    }
    return (int) syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    if (active && !forced(fd)) {
        return -1;
    }
    return (int) syscall(SYS_fdatasync, fd);
}
