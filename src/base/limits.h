/* Every limit of the program, with its reason. A limit that a user can meet has an error that names it. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    /* A form without files: the longest has a few hundred fields of a bulk decision. */
    LIMIT_FORM_BYTES = 256 * 1024,
    /* A photo of a paper by a good phone has 4–8 MB. */
    LIMIT_PAPER_BYTES = 10 * 1024 * 1024,
    /* A request with a paper: the file and the form's other parts. */
    LIMIT_UPLOAD_BYTES = LIMIT_PAPER_BYTES + 64 * 1024,
    /* A department's answer sheet of a whole county. */
    LIMIT_SHEET_BYTES = 32 * 1024 * 1024,
    LIMIT_HEADER_BYTES = 16 * 1024,
    LIMIT_FIELDS = 2000,
    LIMIT_FIELD_BYTES = 64 * 1024,
    LIMIT_URL_BYTES = 4 * 1024,
    /* A page: the largest table that a browser on a cheap phone still shows. Exports are files. */
    LIMIT_PAGE_BYTES = 16 * 1024 * 1024,
    /* A phone on a poor line sends its form within this time, or tries again. */
    LIMIT_REQUEST_SECONDS = 60,
    /* Papers a child: twice what any policy asks for. */
    LIMIT_PAPERS = 24,
    /* Wishes an application: more than any county publishes. */
    LIMIT_CHOICES = 12,
    /* Commands that wait for the writer; past it new writes are told to come again. */
    LIMIT_WRITER_QUEUE = 16384,
    /* Commands in one durable commit: the gain flattens past it (docs/decisions). */
    LIMIT_WRITER_BATCH = 256,
    /* A session of a family without use, in minutes; of staff, shorter. */
    LIMIT_FAMILY_SESSION_MINUTES = 120,
    LIMIT_STAFF_SESSION_MINUTES = 60,
    /* No session lives longer than this many hours, used or not. */
    LIMIT_SESSION_HOURS = 12,
    /* Wrong passwords for one account before it waits, and the wait in minutes. */
    LIMIT_LOGIN_TRIES = 8,
    LIMIT_LOGIN_WAIT_MINUTES = 15,
    /* Requests a minute from one address: a school with 1,500 families behind one address on the morning. */
    LIMIT_ADDRESS_PER_MINUTE = 60000,
    /* Requests a minute of one account: a fast clerk with the keyboard. */
    LIMIT_ACCOUNT_PER_MINUTE = 1200,
    /* Sign-in tries a minute from one address. */
    LIMIT_SIGN_IN_PER_MINUTE = 600,
    /* Lists of which proofs are given, in memory: 251 bytes a child, so 29 MB for a city of 114,000. */
    LIMIT_PROOF_BYTES = 64 * 1024 * 1024,
    /* ---- connect: questions to the departments ---- */
    /* One try, where city.yaml says nothing: a department that needs longer is busy, not thinking. */
    LIMIT_ASK_TIMEOUT_MS = 5000,
    /* A family that waits on the page "choose the child" waits no longer. */
    LIMIT_ASK_NOW_MS = 3000,
    /* With the waits below, the last try is half a minute after the first: a restart of theirs is outlived. */
    LIMIT_ASK_TRIES = 5,
    LIMIT_ASK_BACKOFF_MS = 2000,
    LIMIT_ASK_BACKOFF_MOST_MS = 60000,
    /* So long a question waits for a department whose breaker is open; then a person looks at the check. */
    LIMIT_ASK_PATIENCE_MS = 120000,
    /* Questions on the way to one department: what one server of theirs bears without noticing. */
    LIMIT_ASK_CONCURRENCY = 16,
    /* Answers that wait to be kept; past it no more are asked for. */
    LIMIT_ASK_KEEPING = 512,
    /* How often the client looks by itself: the wait when a wake is lost, and no load (one read). */
    LIMIT_ASK_LOOK_MS = 100,
    /* How often the waiting questions are counted for the metrics. */
    LIMIT_ASK_COUNT_MS = 5000,
    /* An answer serves this long for the same question: a round with its late round, not the next year's. */
    LIMIT_ASK_KEEP_DAYS = 120,
    /* A question or an answer: a household or a list of titles has a few kilobytes. */
    LIMIT_ASK_BYTES = 256 * 1024,
    /* Failures one after another that open a department's breaker: more than one bad minute of one of its servers. */
    LIMIT_BREAKER_FAILURES = 10,
    /* The breaker's first wait and, doubled each time, its longest: back within two minutes of their return. */
    LIMIT_BREAKER_OPEN_MS = 5000,
    LIMIT_BREAKER_MOST_MS = 120000,
    /* Clocks of two offices differ by less; an older signed message is one that somebody sends again. */
    LIMIT_SIGNATURE_AGE_MS = 5 * 60 * 1000,
    /* Rows of one answer sheet: a county's entrants of one stage are fewer. */
    LIMIT_SHEET_ROWS = 50000,
    /* Columns read of a sheet, and characters of a cell in bytes: ours have 16 columns, an address 300 bytes. */
    LIMIT_SHEET_COLUMNS = 64,
    LIMIT_SHEET_CELL_BYTES = 4096,
    /* Mistakes shown of one sheet; whoever has more has one mistake in all rows. */
    LIMIT_SHEET_MISTAKES = 500,
    /* jiaoti-import: the time and memory in which 32 MB of spreadsheet can be read, and no more. */
    LIMIT_IMPORT_SECONDS = 60,
    LIMIT_IMPORT_MEGABYTES = 1536,
    /* The same for a CSV of any length (`jiaoti register import`): a hundred times a city's pupils. */
    LIMIT_IMPORT_LARGE_SECONDS = 3600,
    /* A line of jiaoti-import: the boundary of a catchment that was drawn along a river has some 100,000 points. */
    LIMIT_STRANGER_LINE_BYTES = 8 * 1024 * 1024,
};

#endif
