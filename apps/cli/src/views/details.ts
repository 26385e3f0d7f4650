/** Any JSON as indented lines: lists of plain values and small objects in a line each, the rest below their name. */
export function detailLines(members: Readonly<Record<string, unknown>>, indent = '  '): readonly string[] {
  return Object.entries(members).flatMap(([name, value]) => {
    if (value === null || value === undefined) return []
    if (isPlain(value)) return [`${indent}${name}: ${inOneLine(value, indent)}`]
    if (!Array.isArray(value)) return [`${indent}${name}:`, ...detailLines({ ...value }, `${indent}  `)]
    if (value.every(isPlain)) return [`${indent}${name}: ${value.join(', ')}`]
    return [`${indent}${name}:`, ...value.flatMap((entry) => entryLines(entry, `${indent}  `))]
  })
}

function entryLines(entry: unknown, indent: string): readonly string[] {
  if (isPlain(entry)) return [`${indent}- ${entry}`]
  const members = Object.entries({ ...(entry as object) })
  if (members.every(([, value]) => isPlain(value) && !String(value).includes('\n'))) {
    return [`${indent}- ${members.map(([name, value]) => `${name} ${value}`).join(', ')}`]
  }
  const [first = '', ...rest] = detailLines(Object.fromEntries(members), `${indent}  `)
  return [`${indent}- ${first.trimStart()}`, ...rest]
}

function isPlain(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

function inOneLine(value: string | number | boolean, indent: string): string {
  return String(value).trimEnd().replaceAll('\n', `\n${indent}  `)
}
