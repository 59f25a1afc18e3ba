/* One line an event on standard error: time, level, message. Only main, the server's loops and long-running
 * commands log; libraries return errors. No person's data, ever. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTE, LOG_DEBUG };

/* Drops what is less important than level. The default is LOG_NOTE. */
void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
