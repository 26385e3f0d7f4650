import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { StandardSchemaValidationPipe } from '@nestjs/common'

/** The members of zod's issues that the standard schema does not have. */
interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
  readonly code?: string
  readonly maximum?: number | bigint
  readonly origin?: string
}

const maxMessage = 300
/** Code units of a step of a path: clients choose the names of members, and names have at most 128 characters. */
const maxStep = 256
/** By the origin of an issue. */
const units: Readonly<Record<string, string>> = { array: 'entries', object: 'members' }

/** Validates bodies and queries by the schema of their parameter. All errors are reported at once. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new ValidationPipe({ exceptionFactory: (issues) => validationError(issues) })
}

/** Names by which code may come to what all objects have in common. */
const namesOfAll = ['__proto__', 'constructor', 'prototype']

class ValidationPipe extends StandardSchemaValidationPipe {
  /**
   * Nest's own deletes what has such a name: a document would not name a mapping that it names, and prune it.
   * @throws CodedError `VALIDATION_FAILED`
   */
  protected override stripProtoKeys(value: unknown): void {
    const left = [value].filter(isContainer)
    for (let each = left.pop(); each !== undefined; each = left.pop()) {
      const name = namesOfAll.find((own) => Object.hasOwn(each, own))
      if (name !== undefined) throw nameRefused(name)
      for (const inside of Array.isArray(each) ? each : Object.values(each)) if (isContainer(inside)) left.push(inside)
    }
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}

function nameRefused(field: string): CodedError {
  const message = `Nothing in a request may have the name "${field}".`
  return new CodedError('VALIDATION_FAILED', message, { details: { errors: [{ field, message }] } })
}

/**
 * `LIMIT_EXCEEDED` if something is too long, or else `VALIDATION_FAILED`.
 * @param part the way from the body, or the form, to what was validated: the whole body by default
 */
export function validationError(issues: readonly Issue[], ...part: readonly string[]): CodedError {
  const pathOf = (issue: Issue) => [...part, ...(issue.path ?? [])]
  const fieldOf = (issue: Issue) => nameOf(pathOf(issue))
  const tooBig = issues.find(({ code, origin }) => code === 'too_big' && origin !== 'number' && origin !== 'int')
  if (tooBig) {
    const unit = units[tooBig.origin ?? ''] ?? 'characters'
    return limitExceeded(fieldOf(tooBig), Number(tooBig.maximum), unit, inWords(pathOf(tooBig)))
  }
  const told = issues.slice(0, 20)
  const errors = told.map((issue) => ({ field: fieldOf(issue), message: inShort(issue.message) }))
  const faults = told.map((issue) => `${inWords(pathOf(issue))}: ${inShort(issue.message)}`).join('; ')
  return new CodedError('VALIDATION_FAILED', `The request does not have the expected form. ${faults}.`, {
    details: { errors },
  })
}

/** It may quote what was sent: every name of an object that is not known. */
function inShort(text: string, max = maxMessage): string {
  if (text.length <= max) return text
  // A cut between the two halves of a character would leave one that no encoding has.
  return `${text.slice(0, max).replace(/[\ud800-\udbff]$/, '')}...`
}

/** People count the entries of a list from 1. */
function inWords(path: NonNullable<Issue['path']>): string {
  const [first, ...rest] = path
  if (typeof first !== 'number') return `"${nameOf(path)}"`
  return rest.length === 0 ? `entry ${first + 1}` : `"${nameOf(rest)}" of entry ${first + 1}`
}

function nameOf(path: NonNullable<Issue['path']>): string {
  return path.map((step) => inShort(String(typeof step === 'object' ? step.key : step), maxStep)).join('.') || 'body'
}
