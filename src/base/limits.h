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
};

#endif
