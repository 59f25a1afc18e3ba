/* YAML into nodes: what can be wrong with a text before its schema is looked at. See walker.h.
 *
 * libyaml is asked for one document. Its own messages are English; the common ones are told in Chinese too.
 */
#include "city/walker.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* A city's largest file (divisions of a province's capital) is some 30 KB; a policy is 10 KB. */
enum { FILE_BYTES_MAX = 1024 * 1024, DEPTH_MAX = 24 };

static const struct {
    const char *en;
    const char *zh;
} yaml_problems[] = {
    { "mapping values are not allowed in this context",
      "此处不能出现“键: 值”（多半是缩进不对，或文字中有冒号而没有加引号）" },
    { "did not find expected key", "此处应当是一个键（多半是缩进不对）" },
    { "did not find expected '-' indicator", "此处应当是以“-”开头的一项（多半是缩进不对）" },
    { "did not find expected ',' or ']'", "方括号中缺少“,”或“]”" },
    { "did not find expected ',' or '}'", "花括号中缺少“,”或“}”" },
    { "did not find expected node content", "此处缺少内容" },
    { "did not find expected <document start>", "此处多出了内容" },
    { "could not find expected ':'", "缺少冒号" },
    { "found character that cannot start any token", "出现了不能用在此处的字符（例如制表符，缩进只能用空格）" },
    { "found unexpected end of stream", "引号没有成对，文件在引号中结束" },
    { "found undefined alias", "引用了没有定义的别名" },
    { "found duplicate anchor", "锚点重复" },
    { "control characters are not allowed", "出现了控制字符" },
    { "block sequence entries are not allowed in this context", "此处不能出现以“-”开头的一项" },
    { "block mapping keys are not allowed in this context", "此处不能出现键" },
    { "found unknown escape character", "双引号中有不认识的转义" },
    { "exceeded maximum nesting depth", "层数太多" },
};

static const char *problem_in_chinese(const char *en)
{
    for (size_t i = 0; i < sizeof yaml_problems / sizeof *yaml_problems; i++) {
        if (strcmp(yaml_problems[i].en, en) == 0) {
            return yaml_problems[i].zh;
        }
    }
    return en;
}

static uint32_t line_of_byte(struct str text, size_t byte)
{
    uint32_t line = 1;
    for (size_t i = 0; i < byte && i < text.n; i++) {
        line += text.p[i] == '\n';
    }
    return line;
}

static void tell_problem(struct reading *reading, const yaml_parser_t *parser, struct str text)
{
    const char *problem = parser->problem ? parser->problem : "out of memory";
    uint32_t line = parser->error == YAML_READER_ERROR ? line_of_byte(text, parser->problem_offset)
                                                       : (uint32_t)parser->problem_mark.line + 1;
    city_mistake_add(reading->mistakes, reading->file, line, "不是正确的 YAML：%s%.0s；应为格式正确的 YAML",
                     "broken YAML: %.0s%s; expected well-formed YAML", problem_in_chinese(problem), problem);
}

bool check_utf8(struct str file, struct str text, struct city_mistakes *mistakes)
{
    bool good = true;
    struct str line;
    uint32_t number = 0;
    while (str_split(&text, '\n', &line)) {
        number++;
        if (!str_is_utf8(line)) {
            city_mistake_add(mistakes, file, number, "这一行不是 UTF-8 编码；文件应存为 UTF-8",
                             "the line is not UTF-8; expected a file saved as UTF-8");
            good = false;
        }
    }
    return good;
}

/* yaml_parser_delete in any case; false when there is no memory. */
static bool start(yaml_parser_t *parser, struct str text)
{
    if (!yaml_parser_initialize(parser)) {
        memset(parser, 0, sizeof *parser);
        parser->error = YAML_MEMORY_ERROR;
        return false;
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)(text.p ? text.p : ""), text.n);
    return true;
}

/* Where a value has an anchor or is an alias: nothing in a city needs them, and aliases can multiply. */
static bool has_anchor(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return true;
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL;
    default:
        return false;
    }
}

/* One event into the depth; false when the text must not be loaded. */
static bool is_modest(struct reading *reading, const yaml_event_t *event, int *depth)
{
    uint32_t line = (uint32_t)event->start_mark.line + 1;
    if (has_anchor(event)) {
        city_mistake_add(
            reading->mistakes, reading->file, line,
            "这里用了 YAML 的锚点或别名（“&”、“*”）；应直接写出值（文字以“&”、“*”开头的加引号）",
            "a YAML anchor or alias ('&', '*') stands here; expected the value itself (in quotes if it is text)");
        return false;
    }
    bool starts = event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
    bool ends = event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT;
    *depth += starts - ends;
    if (*depth > DEPTH_MAX) {
        city_mistake_add(reading->mistakes, reading->file, line, "层数太多；应不超过 %d 层",
                         "too deep; expected at most %d levels of lists and keys", DEPTH_MAX);
        return false;
    }
    return true;
}

/* A first pass over the events, before nodes are made: libyaml takes time that grows with the square of the depth,
 * so a small text from the web editor could hold a thread for minutes. A broken text passes: load tells why. */
static bool check_modest(struct reading *reading, struct str text)
{
    yaml_parser_t parser;
    int depth = 0;
    bool good = true, more = start(&parser, text);
    while (good && more) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            break;
        }
        good = is_modest(reading, &event, &depth);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return good;
}

/* Loads the first document and looks whether there is a second one. */
static bool load(struct reading *reading, struct str text)
{
    yaml_parser_t parser;
    reading->open = start(&parser, text) && yaml_parser_load(&parser, &reading->document) != 0;
    if (!reading->open) {
        tell_problem(reading, &parser, text);
    } else if (yaml_document_get_root_node(&reading->document)) {
        yaml_document_t next;
        if (!yaml_parser_load(&parser, &next)) {
            tell_problem(reading, &parser, text);
        } else {
            if (yaml_document_get_root_node(&next)) {
                city_mistake_add(reading->mistakes, reading->file, (uint32_t)next.start_mark.line + 1,
                                 "这里开始了第二个 YAML 文档；一个文件应只有一个文档",
                                 "a second document begins here; expected one document in a file");
            }
            yaml_document_delete(&next);
        }
    }
    yaml_parser_delete(&parser);
    return reading->open;
}

yaml_value *reading_open(struct reading *reading, struct arena *arena, struct str file, struct str text,
                         struct city_mistakes *mistakes)
{
    *reading = (struct reading){ .arena = arena, .file = file, .mistakes = mistakes, .before = mistakes->n };
    if (str_starts(text, STR("\xEF\xBB\xBF"))) {
        text = str_part(text, 3, text.n);
    }
    if (!check_utf8(file, text, mistakes) || !check_modest(reading, text) || !load(reading, text)) {
        return NULL;
    }
    yaml_value *root = yaml_document_get_root_node(&reading->document);
    if (!root) {
        city_mistake_add(mistakes, file, 1, "文件是空的；应有内容", "the file is empty; expected its keys");
    }
    return root;
}

void reading_close(struct reading *reading)
{
    if (reading->open) {
        yaml_document_delete(&reading->document);
        reading->open = false;
    }
}

bool reading_is_clean(const struct reading *reading)
{
    return reading->mistakes->n == reading->before;
}

bool read_file(struct arena *arena, const char *path, struct city_mistakes *mistakes, struct str *text)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        city_mistake_add(mistakes, str_of(path), 0, "打不开：%s；应为可读的文件",
                         "cannot be opened: %s; expected a file that can be read", strerror(errno));
        return false;
    }
    struct stat about;
    size_t room = FILE_BYTES_MAX + 1;
    if (fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) && about.st_size < FILE_BYTES_MAX) {
        room = (size_t)about.st_size;
    }
    char *bytes = arena_alloc(arena, room);
    size_t n = fread(bytes, 1, room, file);
    bool failed = ferror(file) != 0;
    int error = errno;
    (void)fclose(file);
    if (failed) {
        city_mistake_add(mistakes, str_of(path), 0, "读取失败：%s；应为可读的文件",
                         "cannot be read: %s; expected a file that can be read", strerror(error));
        return false;
    }
    if (n > FILE_BYTES_MAX) {
        city_mistake_add(mistakes, str_of(path), 0, "文件太大；应不超过 %d 字节",
                         "the file is too large; expected at most %d bytes", FILE_BYTES_MAX);
        return false;
    }
    *text = (struct str){ bytes, n };
    return true;
}
