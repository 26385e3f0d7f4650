import type { AppliedDocument, DocumentChange } from '@mtls-gateway/contract'
import { changesText } from './changes-text.ts'

/** What an action is before it is done, and afterwards. */
const words = [
  ['create', 'to create', 'created'],
  ['update', 'to change', 'changed'],
  ['rename', 'to rename', 'renamed'],
  ['delete', 'to delete', 'deleted'],
] as const

/** What a document changes, field by field, and how much that is. */
export function appliedText({ applied, changes, kept }: AppliedDocument, colour: boolean): string {
  const stay = kept === 1 ? 'stays as it is' : 'stay as they are'
  const rest = kept === 0 ? '' : ` ${kept} that the document does not name ${stay}.`
  if (changes.length === 0) return `Nothing to do.${rest}`
  const counts = words.flatMap(([action, planned, done]) => {
    const count = changes.filter((change) => change.action === action).length
    return count === 0 ? [] : [`${count} ${applied ? done : planned}`]
  })
  const shown = changes.map((change) => ({ ...change, fields: change.fields.flatMap(differences) }))
  return `${changesText(shown, colour)}\n\n${counts.join(', ')}.${rest}`
}

type Field = DocumentChange['fields'][number]

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
