import type { ErrorCode, Scope } from '@mtls-gateway/domain/words'
import type { z } from 'zod'
import type { Form } from './form.ts'
import type { headerNames } from './headers.ts'
import type { Route, Routes } from './routes.ts'

export type CredentialKind = 'oauth1' | 'bearer'

/** What a request must bring. */
export interface CredentialRule {
  readonly kinds: readonly CredentialKind[]
  /** `any`: whatever they may do, even nothing. */
  readonly scope: Scope | 'any'
}

/** The body of a request, by the types that it may have. */
export interface RequestBody {
  readonly json?: z.ZodType
  /**
   * What a JSON body is held against before it is taken, where the operation itself reads its entries and tells what is
   * wrong with each; `json` unless given.
   */
  readonly checkedAs?: z.ZodType
  /** What the JSON is a list of, for the fault of a list that is too long. */
  readonly list?: { readonly of: string; readonly limit: number }
  readonly form?: Form
  /** Certificates as PEM. */
  readonly pem?: true
  /** Anything, handed on as it is. */
  readonly any?: true
  readonly required?: false
  readonly example?: unknown
}

/** An answer that isn't a problem. */
export interface Answer {
  readonly description: string
  readonly json?: z.ZodType
  /** That the JSON has; `application/json` unless given. */
  readonly type?: string
  /** What the same request with the same Idempotency-Key may get instead, when it comes again. */
  readonly repeated?: z.ZodType
  /** Types of text that it may have instead of JSON. */
  readonly text?: readonly string[]
  readonly headers?: readonly AnswerHeader[]
  readonly example?: unknown
}

export type AnswerHeader = 'ETag' | 'Link' | typeof headerNames.totalCount

/** One thing that a service does. The table of them is what services, documents, clients and tests are made from. */
export interface Operation extends Route {
  /** `createCertificates`: what generated clients call it. */
  readonly id: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  /** `none`: anyone may call it. */
  readonly credentials: CredentialRule | 'none'
  /** It changes the account: it takes `If-Match` and `Idempotency-Key`. */
  readonly changes?: true
  readonly query?: z.ZodObject
  /** Header fields of the request, beside those that follow from the above. */
  readonly headers?: Readonly<Record<string, HeaderField>>
  readonly body?: RequestBody
  readonly answers: Readonly<Record<number, Answer>>
  /** Codes that come beside those of all operations of this kind (`problemCodes`). */
  readonly problems?: readonly ErrorCode[]
  /** The answer is a target's, unless the gateway says that it answers itself. */
  readonly forwards?: true
}

export interface HeaderField {
  readonly description: string
  readonly required?: true
  readonly values?: readonly string[]
  readonly pattern?: string
}

/** A service as its callers see it. */
export interface ServiceContract {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly operations: Readonly<Record<string, Operation>>
}

/** What there is to say of an operation besides where it is. */
type Described = Omit<Operation, 'id' | keyof Route>

/** Names each operation by its key, and puts it where it is. Clients have their types from those of its schemas. */
export function operationsById<const Places extends Routes, Table extends { readonly [Id in keyof Places]: Described }>(
  routes: Places,
  table: Table,
): { readonly [Id in keyof Places & string]: { readonly id: Id } & Places[Id] & Table[Id] } {
  const named = Object.entries<Route>(routes).map(([id, route]) => [id, { id, ...route, ...table[id] }])
  // The keys are the table's own, which fromEntries forgets.
  return Object.fromEntries(named) as ReturnType<typeof operationsById<Places, Table>>
}
