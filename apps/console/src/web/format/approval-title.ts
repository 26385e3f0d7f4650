import type { ApprovalRequest } from '@mtls-gateway/contract'
import { idAndName } from './id-and-name.ts'

type Titled = Pick<ApprovalRequest, 'operation' | 'subjects' | 'subjectCount'>

/** `mappings.update: bank-token` */
export function approvalTitle({ operation, subjects, subjectCount }: Titled): string {
  const more = subjectCount - subjects.length
  const names = subjects.map((subject) => idAndName(subject)[1])
  return `${operation}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
