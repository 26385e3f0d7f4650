import { paint } from '@mtls-gateway/terminal'

/** One object that a request or a document would change, as the API names its parts. */
export interface ShownChange {
  readonly action: string
  readonly kind: string
  readonly name: string
  readonly fields: readonly Field[]
}

interface Field {
  readonly field: string
  readonly before?: unknown
  readonly after?: unknown
}

const [removed, added] = [31, 32]

/** What would change, object by object and field by field: what is there before a minus sign, what comes a plus. */
export function changesText(changes: readonly ShownChange[], colour: boolean): string {
  return changes
    .flatMap(({ action, kind, name, fields }) => [
      `${action} ${kind} "${name}"`,
      ...fields
        .flatMap(differences)
        .flatMap(({ field, before, after }) => [
          `  ${field}`,
          ...valueLines('-', before).map((line) => `    ${paint(line, removed, colour)}`),
          ...valueLines('+', after).map((line) => `    ${paint(line, added, colour)}`),
        ]),
    ])
    .join('\n')
}

/** A sign before each line: no value can pass for a line of its own. */
function valueLines(sign: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  const text = typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)
  return text.split('\n').map((line) => `${sign} ${line}`)
}

/** A field, or of two objects each member in which they differ. */
function differences({ field, before, after }: Field): readonly Field[] {
  if (!isObject(before) || !isObject(after)) return [{ field, before, after }]
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return members
    .filter((member) => JSON.stringify(before[member]) !== JSON.stringify(after[member]))
    .flatMap((member) => {
      return differences({ field: `${field}.${member}`, before: before[member], after: after[member] })
    })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
