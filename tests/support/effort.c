/* Counts the calls of functions, those of C among them, as the interpreter tells of them. */

enum { CALL = 0, C_CALL = 4 };

static unsigned long long calls;

/* A Py_tracefunc, for which no header of Python is needed. */
int effort_told(void *with, void *frame, int what, void *argument)
{
    (void) with;
    (void) frame;
    (void) argument;
    if (what == CALL || what == C_CALL)
        calls++;
    return 0;
}

/* How many since the last time that this was asked. */
unsigned long long effort_taken(void)
{
    unsigned long long taken = calls;

    calls = 0;
    return taken;
}
