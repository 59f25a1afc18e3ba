/* See sandbox.h. */
#include "import/sandbox.h"

#include "base/limits.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static bool limit(__rlimit_resource_t what, rlim_t value)
{
    struct rlimit limits = { value, value };
    return setrlimit(what, &limits) == 0;
}

bool sandbox_limit(int seconds)
{
#if defined(__SANITIZE_ADDRESS__)
    bool memory = true; /* the sanitizer maps terabytes */
#else
    bool memory = limit(RLIMIT_AS, (rlim_t)LIMIT_IMPORT_MEGABYTES << 20);
#endif
    bool limited = memory && limit(RLIMIT_CPU, (rlim_t)seconds) && limit(RLIMIT_CORE, 0) &&
                   limit(RLIMIT_FSIZE, (rlim_t)LIMIT_SHEET_BYTES * 8) && limit(RLIMIT_NOFILE, 32);
    if (geteuid() == 0) {
        limited = limited && setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0;
    }
    return limited && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

bool sandbox_shut(void)
{
    static const int allowed[] = {
        SCMP_SYS(read),           SCMP_SYS(write),        SCMP_SYS(writev),
        SCMP_SYS(close),          SCMP_SYS(fstat),        SCMP_SYS(lseek),
        SCMP_SYS(mmap),           SCMP_SYS(mremap),       SCMP_SYS(munmap),
        SCMP_SYS(madvise),        SCMP_SYS(brk),          SCMP_SYS(futex),
        SCMP_SYS(exit),           SCMP_SYS(exit_group),   SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
        SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
        SCMP_SYS(sched_yield),    SCMP_SYS(gettid),       SCMP_SYS(getpid),
        SCMP_SYS(sysinfo),        SCMP_SYS(getrusage),    SCMP_SYS(restart_syscall),
        SCMP_SYS(newfstatat),
    };
    static const int fatal[] = {
        SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork),   SCMP_SYS(vfork),
        SCMP_SYS(socket), SCMP_SYS(connect),  SCMP_SYS(ptrace), SCMP_SYS(kill),
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool ok = filter != NULL;
    for (size_t i = 0; ok && i < sizeof allowed / sizeof *allowed; i++) {
        ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    }
    for (size_t i = 0; ok && i < sizeof fatal / sizeof *fatal; i++) {
        ok = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, fatal[i], 0) == 0;
    }
    /* Memory may not become code. */
    ok = ok &&
         seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                          SCMP_A2(SCMP_CMP_MASKED_EQ, 0x4 /* PROT_EXEC */, 0)) == 0 &&
         seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok;
}
