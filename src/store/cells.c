/* Values of a PostgreSQL result, which come in binary and in network order. */
#include "store/pipeline.h"

#include <endian.h>

enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_UNKNOWN = 705,
    TYPE_BPCHAR = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_NUMERIC = 1700
};

/* The bytes of a value and its type; false for null and for a column that is not there. */
static bool cell(struct pg_rows *rows, int column, Oid *type, struct str *bytes)
{
    if (!rows->result || column < 0 || column >= PQnfields(rows->result)) {
        rows_fail(&rows->base, "there is no column %d: %.200s", column, rows->text);
        return false;
    }
    if (PQgetisnull(rows->result, rows->row, column)) {
        return false;
    }
    *type = PQftype(rows->result, column);
    *bytes = (struct str){ PQgetvalue(rows->result, rows->row, column),
                           (size_t)PQgetlength(rows->result, rows->row, column) };
    return true;
}

static void wrong_type(struct pg_rows *rows, int column, Oid type, const char *wanted)
{
    if (type == TYPE_NUMERIC) {
        rows_fail(&rows->base, "column %d is numeric: cast it to bigint (sum and avg are): %.200s", column, rows->text);
    } else {
        rows_fail(&rows->base, "column %d is not %s (type %u): %.200s", column, wanted, type, rows->text);
    }
}

/* Whole numbers of 1, 2, 4 and 8 bytes; false for other types. */
static bool whole(Oid type, struct str bytes, int64_t *out)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    if (type == TYPE_INT8 && bytes.n == 8) {
        memcpy(&eight, bytes.p, 8);
        *out = (int64_t)be64toh(eight);
    } else if (type == TYPE_INT4 && bytes.n == 4) {
        memcpy(&four, bytes.p, 4);
        *out = (int32_t)be32toh(four);
    } else if (type == TYPE_INT2 && bytes.n == 2) {
        memcpy(&two, bytes.p, 2);
        *out = (int16_t)be16toh(two);
    } else if (type == TYPE_BOOL && bytes.n == 1) {
        *out = bytes.p[0];
    } else {
        return false;
    }
    return true;
}

int64_t cell_integer(struct rows *base, int column)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    Oid type;
    struct str bytes;
    int64_t value = 0;
    if (cell(rows, column, &type, &bytes) && !whole(type, bytes, &value)) {
        wrong_type(rows, column, type, "an integer");
    }
    return value;
}

double cell_real(struct rows *base, int column)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    Oid type;
    struct str bytes;
    int64_t number = 0;
    if (!cell(rows, column, &type, &bytes)) {
        return 0;
    }
    if (type == TYPE_FLOAT8 && bytes.n == 8) {
        uint64_t bits;
        double value;
        memcpy(&bits, bytes.p, 8);
        bits = be64toh(bits);
        memcpy(&value, &bits, 8);
        return value;
    }
    if (type == TYPE_FLOAT4 && bytes.n == 4) {
        uint32_t bits;
        float value;
        memcpy(&bits, bytes.p, 4);
        bits = be32toh(bits);
        memcpy(&value, &bits, 4);
        return (double)value;
    }
    if (!whole(type, bytes, &number)) {
        wrong_type(rows, column, type, "a real number");
    }
    return (double)number;
}

struct str cell_bytes(struct rows *base, int column, enum value_kind kind)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    Oid type;
    struct str bytes;
    if (!cell(rows, column, &type, &bytes)) {
        return (struct str){ "", 0 };
    }
    bool fits = kind == VALUE_BLOB ? type == TYPE_BYTEA
                                   : type == TYPE_TEXT || type == TYPE_VARCHAR || type == TYPE_BPCHAR ||
                                         type == TYPE_NAME || type == TYPE_UNKNOWN;
    if (!fits) {
        wrong_type(rows, column, type, kind == VALUE_BLOB ? "a blob" : "text");
        return (struct str){ "", 0 };
    }
    return bytes;
}

bool cell_is_null(struct rows *base, int column)
{
    struct pg_rows *rows = (struct pg_rows *)base;
    Oid type;
    struct str bytes;
    return !cell(rows, column, &type, &bytes);
}
