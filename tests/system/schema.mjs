// JSON Schema as far as the interface's description uses it; another keyword is an error, so that nothing is passed over.
// The files of the validators that npm has are larger than all that is checked with them here.

const days = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const said = new Set(['title', 'description', 'x-label', 'x-words', 'x-unit', 'x-code-of', 'x-staff-only']);

const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array'
    : Number.isInteger(value) ? 'integer' : typeof value);
const isType = (value, type) => typeOf(value) === type || (type === 'number' && typeOf(value) === 'integer');

const rules = {
    type: (types, value) => [types].flat().some((type) => isType(value, type)) || `is ${typeOf(value)}, not ${types}`,
    enum: (words, value) => words.includes(value) || `${JSON.stringify(value)} is none of its words`,
    const: (word, value) => value === word || `is not ${word}`,
    minimum: (least, value) => typeof value !== 'number' || value >= least || `${value} < ${least}`,
    maximum: (most, value) => typeof value !== 'number' || value <= most || `${value} > ${most}`,
    maxLength: (most, value) => typeof value !== 'string' || [...value].length <= most || `longer than ${most}`,
    minItems: (least, value) => !Array.isArray(value) || value.length >= least || `fewer than ${least}`,
    maxItems: (most, value) => !Array.isArray(value) || value.length <= most || `more than ${most}`,
    format: (format, value) => {
        if (format !== 'date') {
            throw new Error(`format ${format}`);
        }
        return typeof value !== 'string' || days.test(value) || `${value} is no day`;
    },
    required: (names, value) => typeOf(value) !== 'object' || names.every((name) => name in value)
        || `lacks ${names.filter((name) => !(name in value))}`,
};

/** The first thing that does not fit: "items/3/values/kind: …"; undefined when all does. */
export function misfit(root, schema, value, where = '') {
    const object = typeOf(value) === 'object';
    for (const [word, rule] of Object.entries(schema)) {
        let found;
        if (word === '$ref') {
            found = misfit(root, resolve(root, rule), value, where);
        } else if (word === 'properties') {
            found = object ? Object.entries(rule).filter(([name]) => name in value)
                .map(([name, inner]) => misfit(root, inner, value[name], `${where}/${name}`)).find(Boolean) : undefined;
        } else if (word === 'additionalProperties') {
            const more = object && rule === false ? Object.keys(value).filter((name) => !(name in schema.properties)) : [];
            found = more.length ? `${where}: not described: ${more}` : undefined;
        } else if (word === 'items') {
            found = Array.isArray(value)
                ? value.map((item, i) => misfit(root, rule, item, `${where}/${i}`)).find(Boolean) : undefined;
        } else if (word === 'oneOf') {
            const fit = rule.filter((inner) => misfit(root, inner, value, where) === undefined).length;
            found = fit === 1 ? undefined : `${where}: ${fit} of the alternatives fit`;
        } else if (rules[word]) {
            const told = rules[word](rule, value);
            found = told === true ? undefined : `${where}: ${told}`;
        } else if (!said.has(word)) {
            found = `${where}: the schema has an unknown word ${word}`;
        }
        if (found) {
            return found;
        }
    }
    return undefined;
}

export function resolve(root, reference) {
    const found = reference.replace(/^#\//, '').split('/').reduce((at, name) => at?.[name], root);
    if (!found) {
        throw new Error(`${reference} points to nothing`);
    }
    return found;
}

/** Every schema inside a description, with where it stands. */
export function* schemasOf(value, where = '') {
    if (value && typeof value === 'object') {
        for (const [name, inner] of Object.entries(value)) {
            if (name === 'schema') {
                yield [`${where}/${name}`, inner];
            }
            yield* schemasOf(inner, `${where}/${name}`);
        }
    }
}
