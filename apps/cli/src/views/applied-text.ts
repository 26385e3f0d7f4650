import type { AppliedDocument } from '@mtls-gateway/contract'
import type { ChangesSince } from '../declared/compare.ts'
import { changesText } from './changes-text.ts'

/** What an action is before it is done, and afterwards. */
const words = [
  ['create', 'to create', 'created'],
  ['update', 'to change', 'changed'],
  ['rename', 'to rename', 'renamed'],
  ['delete', 'to delete', 'deleted'],
] as const

/** What a document changes, field by field, how much that is, and whether it will wait for somebody. */
export function appliedText({ applied, changes, kept, needsApproval = [] }: AppliedDocument, colour: boolean): string {
  const stay = kept === 1 ? 'stays as it is' : 'stay as they are'
  const rest = kept === 0 ? '' : ` ${kept} that the document does not name ${stay}.`
  if (changes.length === 0) return `Nothing to do.${rest}`
  const counts = words.flatMap(([action, planned, done]) => {
    const count = changes.filter((change) => change.action === action).length
    return count === 0 ? [] : [`${count} ${applied ? done : planned}`]
  })
  const reasons = needsApproval.join(', ')
  const wait = reasons === '' ? '' : `\nApplying this needs the approval of another person (${reasons}).`
  return `${changesText(changes, colour)}\n\n${counts.join(', ')}.${rest}${wait}`
}

/** How what there is to do now differs from what was shown before. What is no longer to do has one line each. */
export function changesSinceText({ gone, other, added }: ChangesSince, colour: boolean): string {
  const parts = [
    ['No longer to do:', gone.map((change) => ({ ...change, fields: [] }))],
    ['Still to do, but not as shown:', other],
    ['To do now, and not shown before:', added],
  ] as const
  const told = parts.filter(([, changes]) => changes.length > 0)
  return [
    'The account has changed since this was shown.',
    ...told.map(([title, changes]) => `${title}\n${changesText(changes, colour)}`),
  ].join('\n\n')
}
