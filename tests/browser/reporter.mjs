// One line a walk, the reason of each failure, and a last line that a script can read.

function reason(error) {
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause?.message ?? cause)
    .split('\n')
    .filter((line) => !line.includes('node:internal') && !line.includes('node_modules') && !line.includes('[pid='))
    .map((line) => `    ${line}`)
    .join('\n');
}

export default async function* reporter(source) {
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of source) {
    if (data?.details?.type === 'suite') {
      continue;
    }
    if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message;
    } else if (type === 'test:pass' && !data.skip) {
      passed += 1;
      yield `ok      ${data.name} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n`;
    } else if (type === 'test:fail') {
      failed += 1;
      yield `FAILED  ${data.name} (${(data.details.duration_ms / 1000).toFixed(1)} s)\n${reason(data.details.error)}\n`;
    }
  }
  yield `${passed} passed, ${failed} failed\n`;
}
