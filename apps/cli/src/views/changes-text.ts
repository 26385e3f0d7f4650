import type { ApprovalChange } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'

const kinds: Readonly<Record<string, string>> = { appKey: 'app key', trust: 'trust list', signingKey: 'signing key' }

interface Look {
  readonly sign: string
  readonly colour: 31 | 32 | 33
}

/** A later service may know others. */
const looks: Readonly<Record<string, Look>> = {
  create: { sign: '+', colour: 32 },
  update: { sign: '~', colour: 33 },
  rename: { sign: '>', colour: 33 },
  delete: { sign: '-', colour: 31 },
}

/** A line for each thing that is changed, and one for each of its fields. */
export function changeLines(changes: readonly ApprovalChange[], colour: boolean): readonly string[] {
  return changes.flatMap(({ action, kind, name, fields }) => {
    const { sign, colour: code } = lookOf(action)
    const what = Object.hasOwn(kinds, kind) ? kinds[kind] : kind
    return [
      paint(`${sign} ${what}${kind === 'settings' ? '' : ` ${name}`}`, code, colour),
      ...fields.flatMap(({ field, before, after }) => differences(field, before, after).map((line) => `    ${line}`)),
    ]
  })
}

function lookOf(action: string): Look {
  const known = Object.hasOwn(looks, action) ? looks[action] : undefined
  return known ?? { sign: '?', colour: 33 }
}

/** A line, or one for each member in which two objects differ. */
function differences(field: string, before: unknown, after: unknown): readonly string[] {
  if (isObject(before) && isObject(after)) {
    const members = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return members
      .filter((member) => JSON.stringify(before[member]) !== JSON.stringify(after[member]))
      .flatMap((member) => differences(`${field}.${member}`, before[member], after[member]))
  }
  if (before === null || before === undefined) return [`${field}: ${shown(after)}`]
  return [`${field}: ${shown(before)} -> ${after === null || after === undefined ? 'none' : shown(after)}`]
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return typeof value === 'string' && !value.includes('\n') ? value : JSON.stringify(value)
}
